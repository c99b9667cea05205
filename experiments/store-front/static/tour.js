// The film is fetched only when someone wants to see it.
document.querySelectorAll("video[data-src]").forEach((video) => {
  video.addEventListener("click", () => {
    if (!video.src) video.src = new URL(video.dataset.src, document.baseURI).href;
    video.paused ? video.play() : video.pause();
  });
});
