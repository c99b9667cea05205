/* Loaded before anything is painted, so that a chosen theme does not flash; the only script that is no module. */
document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "";
