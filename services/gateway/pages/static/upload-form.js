/* Forms that upload a ZIP: drop or choose, a check before anything is sent, progress in place, then the job's panel.

   A form names by data attributes where it sends to, how many bytes are taken, and the id of the panel. The button in it
   with the name `dry_run` is pressed when a file was chosen; buttons of the panel belong to the form by `form=`. */
import { problemOf, succeeded } from "./api.js";
import { announce } from "./enhance.js";
import { bytes } from "./formats.js";
import { showJob } from "./panel.js";
import { problemNote } from "./problems.js";
import { upload } from "./upload.js";

const ZIP_STARTS = ["PK\x03\x04", "PK\x05\x06"];

export function startUploads() {
  for (const form of document.querySelectorAll("form[data-upload]")) new UploadForm(form);
}

class UploadForm {
  constructor(form) {
    this.form = form;
    this.file = form.querySelector("input[type=file]");
    this.zone = form.querySelector("[data-drop]");
    this.progress = form.querySelector("[data-sending]");
    this.refusals = form.querySelector("[data-refusals]");
    this.sending = null;
    this.file.addEventListener("change", () => this.chosen());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit(event.submitter);
    });
    form.querySelector("[data-stop]").addEventListener("click", () => this.sending?.abort());
    this.listenForDrops();
  }

  listenForDrops() {
    for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
      this.zone.addEventListener(kind, () => this.zone.classList.toggle("over", kind.match(/enter|over/) !== null));
    }
    // A file that is dropped beside the zone must not replace the page.
    for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());
    this.zone.addEventListener("drop", (event) => {
      if (event.dataTransfer.files.length === 0) return;
      this.file.files = event.dataTransfer.files;
      this.chosen();
    });
  }

  chosen() {
    const [file] = this.file.files;
    if (!file) return;
    this.zone.querySelector(".label").textContent = `${file.name} · ${bytes(file.size)}`;
    this.form.requestSubmit(this.form.querySelector("[name=dry_run]"));
  }

  async submit(submitter) {
    if (this.sending) return;
    const [file] = this.file.files;
    const content = new FormData(this.form, submitter);
    this.refusals.replaceChildren();
    const problem = file ? await this.problemWith(file) : { title: "Choose the file again.", detail: "A page that was loaded anew has no file any more." };
    if (problem) this.refuse(problem);
    else await this.send(content, submitter, crypto.randomUUID?.() ?? String(Math.random()));
  }

  async problemWith(file) {
    const limit = Number(this.form.dataset.limit);
    if (file.size > limit) {
      return { title: "The file is too large.", detail: `${file.name} has ${bytes(file.size)}; at most ${bytes(limit)} are taken here.` };
    }
    const start = await file.slice(0, 4).text().catch(() => null);
    if (start === null) return { title: "The file cannot be read any more.", detail: "It was moved or changed after you chose it. Choose it again." };
    if (ZIP_STARTS.includes(start)) return null;
    return { title: "This is no ZIP archive.", detail: `${file.name} does not begin as a ZIP does. Choose the ZIP that an export gave you.` };
  }

  async send(content, submitter, key) {
    this.sending = new AbortController();
    const { signal } = this.sending;
    this.show(0, 1);
    const answer = await upload(this.form.dataset.upload, content, {
      key, signal, onProgress: (done, total) => this.show(done, total),
    });
    this.sending = null;
    this.progress.hidden = true;
    if (succeeded(answer)) await showJob(this.form.dataset.into, answer.body.job_id);
    else if (!signal.aborted) this.refuse(problemOf(answer), answer.status === 0 && (() => this.send(content, submitter, key)));
    else announce("Stopped");
  }

  show(done, total) {
    this.progress.hidden = false;
    const bar = this.progress.querySelector("progress");
    bar.max = total;
    bar.value = done;
    const words = done < total ? `${bytes(done)} of ${bytes(total)}` : "sent; the server is reading it";
    this.progress.querySelector("[data-sent]").textContent = total > 1 ? words : "";
  }

  refuse(problem, again) {
    this.refusals.replaceChildren(problemNote(problem, again));
  }
}
