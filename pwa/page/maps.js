/** "Navigate" opens the phone's own map where it has one; elsewhere the link itself leads to OpenStreetMap. */

export function open_own_map() {
  document.addEventListener("click", ({ target }) => {
    const link = target instanceof Element ? target.closest("a[data-map]") : null;
    if (!(link instanceof HTMLAnchorElement)) return;
    const place = encodeURIComponent(link.dataset.map ?? "");
    if (/Android/.test(navigator.userAgent)) link.href = `geo:0,0?q=${place}`;
    else if (/iPhone|iPad/.test(navigator.userAgent)) link.href = `https://maps.apple.com/?q=${place}`;
  }, true);
}
