/* What went wrong, as the server's problem_list macro shows it; built of text, never of markup. */
import { announce } from "./enhance.js";

/* A note about a problem (RFC 9457), with a button for another try where that makes sense. */
export function problemNote(problem, again) {
  const note = element("div", "note bad");
  note.setAttribute("role", "alert");
  note.append(element("strong", "", problem.title ?? "That did not work."));
  if (problem.detail && problem.detail !== problem.title) note.append(element("p", "", problem.detail));
  if (problem.errors?.length) note.append(problemList(problem.errors));
  if (again) {
    const button = element("button", "button small", "Try again");
    button.type = "button";
    button.addEventListener("click", () => {
      note.remove();
      again();
    });
    const actions = element("div", "actions");
    actions.append(button);
    note.append(actions);
  }
  announce(problem.detail || problem.title);
  return note;
}

function problemList(problems) {
  const list = element("ul", "problems");
  for (const { path, row, line, message, remedy } of problems) {
    const item = element("li", "");
    const where = [path, row !== undefined && `row ${row}`, line !== undefined && `line ${line}`].filter(Boolean);
    if (where.length) item.append(element("span", "where", where.join(" · ")));
    item.append(element("span", "", message));
    if (remedy) item.append(element("span", "dim", remedy));
    list.append(item);
  }
  return list;
}

function element(name, classes, text = "") {
  const made = document.createElement(name);
  if (classes) made.className = classes;
  made.textContent = text;
  return made;
}
