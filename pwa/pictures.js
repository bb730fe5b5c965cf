/** Pictures as they are kept: large enough to read a label on them, and without data about where they were taken. */

const LONG_EDGE_PX = 2048;
const QUALITY = 0.8;

/** The picture as a JPEG, drawn anew, so that no EXIF data is left. Null: the browser cannot read it.
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

/** A photo as the value of a form's field, which photos() in forms.js reads. @param {string} id @param {string} hash @param {Blob} blob */
export function typed_photo(id, hash, { size, type }) {
  return [id, hash, size, type.split(";")[0]].join(" ");
}
