// What a person has written: a reply, questions to ask, a reason. Plain values that can be compared and kept.

export const NOTHING = Object.freeze({ reply: "", asks: [], reason: "" });

export function writing(plain) {
  return { reply: plain.reply ?? "", asks: plain.asks ?? [], reason: plain.reason ?? "" };
}

// Empty questions are fields that nobody has filled in: they are no part of what was written.
export function same(one, other) {
  const filled = (asks) => asks.filter((text) => text.trim());
  const left = filled(one.asks);
  const right = filled(other.asks);
  return (
    one.reply === other.reply &&
    one.reason === other.reason &&
    left.length === right.length &&
    left.every((text, place) => text === right[place])
  );
}

export function asText(written) {
  const questions = written.asks.filter((text) => text.trim()).map((text) => `Question: ${text}`);
  const rest = [written.reply && `Reply: ${written.reply}`, written.reason && `Reason: ${written.reason}`];
  return [...questions, ...rest.filter(Boolean)].join("\n\n");
}
