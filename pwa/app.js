/** The scripts of a page. None needs another: without any one of them the app works, only less smoothly. */
import { sign_writes } from "./page/csrf.js";
import { keep_drafts } from "./page/drafts.js";
import { offer_install } from "./page/install.js";
import { keep_pill_true } from "./page/pill.js";
import { draw_anew } from "./page/refresh.js";
import { sync_at_every_chance } from "./page/triggers.js";
import { make_way_for_updates } from "./page/update.js";
import { start_worker } from "./page/worker.js";

sign_writes();
keep_drafts();
make_way_for_updates();
void start_worker();
keep_pill_true();
sync_at_every_chance();
draw_anew();
offer_install();

/** later.js, which nobody needs in the first second. The page names its address, which differs in each version. */
const { later } = /** @type {HTMLElement} */ (document.querySelector("script[data-later]")).dataset;
import(String(later)).catch((error) => console.info("No later.js:", error.message));
