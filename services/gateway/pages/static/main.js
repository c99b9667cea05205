/* Every page: what its markup asks for by data attributes comes to life here. */
import { enhance } from "./enhance.js";
import { startActions } from "./actions.js";
import { startCopying } from "./copy.js";
import { startLive } from "./live.js";
import { startMenus } from "./menu.js";
import { startTheme } from "./theme-choice.js";
import { startUploads } from "./upload-form.js";

startTheme();
startMenus();
startCopying();
startActions();
startUploads();
enhance(document);
startLive();
