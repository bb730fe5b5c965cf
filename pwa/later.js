/** The parts of a page that come after it: kept for offline when there is time, so that nobody waits for them. */
import { add_files } from "./page/files.js";
import { draw_first_what_is_seen } from "./page/below.js";
import { let_sales_be_dragged } from "./page/board.js";
import { mark_entry } from "./page/history.js";
import { offer_to_log } from "./page/log_offer.js";
import { open_own_map } from "./page/maps.js";
import { take_photos } from "./page/photos.js";
import { fill_in_places } from "./page/place.js";
import { stay_reachable } from "./page/reminders.js";
import { share_quotes } from "./page/share.js";
import { show_whose_page } from "./page/side.js";
import { take_signatures } from "./page/signature.js";
import { let_rows_be_swiped } from "./page/swipe.js";

mark_entry();
draw_first_what_is_seen();
fill_in_places();
show_whose_page();
take_photos();
add_files();
stay_reachable();
let_rows_be_swiped();
let_sales_be_dragged();
open_own_map();
offer_to_log();
share_quotes();
take_signatures();
