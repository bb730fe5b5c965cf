/** "Install" on More: shown where the browser can install the app; elsewhere the help page tells the steps. */

/** @typedef {Event & {prompt: () => Promise<unknown>, userChoice: Promise<{outcome: string}>}} InstallOffer */

/** @type {InstallOffer | null} */
let offer = null;

export function offer_install() {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = /** @type {InstallOffer} */ (event);
    show();
  });
  addEventListener("appinstalled", withdraw);
  document.addEventListener("htmx:after:swap", show);
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-install]")) void ask();
  });
}

function show() {
  for (const button of document.querySelectorAll("[data-install]")) button.toggleAttribute("hidden", offer === null);
}

async function ask() {
  await offer?.prompt();
  withdraw();
}

function withdraw() {
  offer = null;
  show();
}
