/** A picture as it is kept: large enough to read a label on it, and with nothing in it but what is seen. */

const LONG_EDGE_PX = 2048;
const QUALITY = 0.8;

/** A JPEG that was drawn anew, so that nothing tells where it was taken. Null: it cannot be read here.
 * @param {Blob} file @returns {Promise<Blob | null>} */
export async function downscaled(file) {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (picture === null) return null;
  const scale = Math.min(1, LONG_EDGE_PX / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

/** As a form carries it; twin of photos() in forms.js. @param {string} id @param {string} hash @param {Blob} blob */
export function typed_photo(id, hash, { size, type }) {
  return [id, hash, size, type.split(";")[0]].join(" ");
}
