// Gathers the pieces of a stream and hands them on once for each frame the browser paints, so that a fast model does not
// make the page render hundreds of times a second. In a hidden tab nothing is painted: there the end hands on the rest.
export class FrameWriter {
  #waiting = '';
  #frame = 0;
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  push(text: string): void {
    this.#waiting += text;
    this.#frame ||= requestAnimationFrame(() => this.flush());
  }

  flush(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const text = this.#waiting;
    this.#waiting = '';
    if (text) this.#write(text);
  }
}
