// Server-sent events (WHATWG HTML, section 9.2) from the body of a fetch. EventSource cannot POST, so the page reads the
// stream itself. A chunk of the network may end anywhere: within a line, between CR and LF, within a character.

export interface ServerEvent {
  type: string; // "message" unless the stream says otherwise
  data: string;
}

/** Takes text in pieces of any size and gives the events that are complete. */
export class SseParser {
  #line = ''; // what came since the last line end
  #afterCarriageReturn = false;
  #type = '';
  #data: string[] = [];
  #atStart = true;

  push(text: string): ServerEvent[] {
    if (this.#atStart && text !== '') {
      if (text.startsWith('\uFEFF')) text = text.slice(1);
      this.#atStart = false;
    }
    const events: ServerEvent[] = [];
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const character = text[at];
      const lineFeedOfPair = character === '\n' && this.#afterCarriageReturn;
      this.#afterCarriageReturn = character === '\r';
      if (lineFeedOfPair) {
        from = at + 1;
      } else if (character === '\n' || character === '\r') {
        const event = this.#endLine(this.#line + text.slice(from, at));
        if (event) events.push(event);
        this.#line = '';
        from = at + 1;
      }
    }
    this.#line += text.slice(from);
    return events;
  }

  #endLine(line: string): ServerEvent | undefined {
    if (line === '') {
      const event = { type: this.#type || 'message', data: this.#data.join('\n') };
      const complete = this.#data.length > 0;
      this.#type = '';
      this.#data = [];
      return complete ? event : undefined;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return undefined; // a comment, sent to keep the connection open
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.#data.push(value);
    if (field === 'event') this.#type = value;
    return undefined;
  }
}

/** The events of a response body, in order. Leaving the loop, or aborting, gives the connection back. */
export async function* readEvents(body: ReadableStream<Uint8Array>, signal?: AbortSignal): AsyncGenerator<ServerEvent> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const parser = new SseParser();
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { value, done } = await reader.read();
      signal?.throwIfAborted();
      for (const event of parser.push(done ? decoder.decode() : decoder.decode(value, { stream: true }))) {
        yield event;
        signal?.throwIfAborted(); // whoever took the event may have stopped the answer
      }
      if (done) return; // an event without its empty line is no event
    }
  } finally {
    reader.cancel().catch(() => {}); // it may have failed already: then there is nothing to give back
  }
}
