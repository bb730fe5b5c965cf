// A server that speaks S3, with one bucket and one pair of keys, for as long as somebody listens to it.
import process from "node:process";
import { createRequire } from "node:module";
const S3rver = createRequire(import.meta.url)("@20minutes/s3rver");
const [directory, port, ...buckets] = process.argv.slice(2);
const server = new S3rver({ address: "127.0.0.1", port: Number(port), silent: true, directory, configureBuckets: buckets.map((name) => ({ name })) });
const { port: at } = await server.run();
process.stdout.write(`${at}\n`);
process.stdin.resume().on("end", () => process.exit(0));
