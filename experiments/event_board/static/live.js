const socket = new WebSocket(new URL(document.body.dataset.live, location.href.replace(/^http/, "ws")));
const thread = document.getElementById("thread");
const form = document.getElementById("say");

socket.addEventListener("message", (event) => {
  const post = JSON.parse(event.data);
  const line = document.createElement("li");
  const author = document.createElement("b");
  author.textContent = post.author;
  line.append(author, " ", post.text);
  thread.append(line);
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  socket.send(JSON.stringify({ text: form.elements.text.value }));
  form.reset();
});
