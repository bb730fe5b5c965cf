/** The parts of a page that come after it: kept for offline when there is time, so that nobody waits for them. */
import { take_photos } from "./page/photos.js";
import { stay_reachable } from "./page/reminders.js";

take_photos();
stay_reachable();
