// One request a refresh: lines of JSON, each handled as it arrives.

const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

/** What the server refused, with its words; asking again would not help. */
export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? problem?.title ?? "");
    this.status = status;
    this.field = problem?.field;
  }
}

async function* lines(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const parts = (rest + value).split("\n");
      rest = parts.pop();
      for (const part of parts) if (part.trim()) yield JSON.parse(part);
    }
    if (rest.trim()) yield JSON.parse(rest);
  } finally {
    reader.cancel().catch(() => {});
  }
}

/** Reads the stream at `url` once; `onLine` gets each line. Rejects with Refused, or with what the network said. */
export async function read(url, onLine, signal) {
  const response = await fetch(url, { signal, headers: { Accept: "application/x-ndjson" }, credentials: "same-origin" });
  if (response.status >= 400 && response.status < 500) throw new Refused(response.status, await response.json().catch(() => null));
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  let ended = false;
  for await (const line of lines(response)) {
    if (line.done) ended = true;
    onLine(line);
  }
  if (!ended) throw new Error("the stream broke off");
}

/** Reads until it works: waits longer after each failure, tells `onWait` for how long, gives up when aborted or refused. */
export async function readUntilDone(url, { onLine, onWait, signal }) {
  let wait = FIRST_WAIT;
  for (;;) {
    try {
      return await read(url, onLine, signal);
    } catch (error) {
      if (signal.aborted || error instanceof Refused) throw error;
      await pause(wait, onWait, signal);
      wait = Math.min(LONGEST_WAIT, wait * 2);
    }
  }
}

/** Waits, second by second in words; ends early when `retry` of the page is pressed, rejects when aborted. */
function pause(milliseconds, onWait, signal) {
  return new Promise((resolve, reject) => {
    const until = Date.now() + milliseconds;
    const end = (settle) => {
      clearInterval(timer);
      signal.removeEventListener("abort", abort);
      onWait(null);
      settle();
    };
    const abort = () => end(() => reject(signal.reason));
    const now = () => end(resolve);
    const tell = () => {
      const left = until - Date.now();
      // A hidden page waits for its reader.
      if (left <= 0 && !document.hidden) now();
      else onWait(Math.max(1, Math.ceil(left / 1000)), now);
    };
    const timer = setInterval(tell, 500);
    signal.addEventListener("abort", abort);
    tell();
  });
}
