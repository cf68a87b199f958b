/**
 * TwiML as far as it can be carried out on a call that a bot has: Say, Pause, Dial, Refer, Hangup. Read strictly; what is
 * not known is refused by name, never skipped. Pure.
 */
import { XMLParser, XMLValidator } from 'fast-xml-parser';

export type TwimlVerb =
  | { verb: 'Say'; text: string }
  | { verb: 'Pause'; seconds: number }
  /** a number, or the user part of a SIP address */
  | { verb: 'Dial'; to: string }
  | { verb: 'Refer'; to: string }
  | { verb: 'Hangup' };

const longestDocument = 4000;
const mostVerbs = 20;

type Node = { name: string; text: string; children: Node[]; attributes: Record<string, string> };

/** The verbs in order; a text says what cannot be carried out. Never throws. */
export const parseTwiml = (document: string): TwimlVerb[] | string => {
  if (document.length > longestDocument) return `TwiML may have ${longestDocument} characters here`;
  // no entities of its own and no references to others: nothing is expanded and nothing fetched
  if (/<!DOCTYPE|<!ENTITY|<!\[CDATA\[/i.test(document)) return 'TwiML may not have a DOCTYPE or CDATA here';
  const valid = XMLValidator.validate(document);
  if (valid !== true) return `TwiML is not well-formed: ${valid.err.msg}`;
  let root: Node | undefined;
  try {
    root = nodesOf(parser.parse(document)).find(({ name }) => name !== '?xml');
  } catch (error) {
    return `TwiML cannot be read: ${String(error).slice(0, 100)}`;
  }
  if (root?.name !== 'Response') return 'TwiML begins with <Response>';
  if (root.children.length > mostVerbs) return `TwiML may have ${mostVerbs} verbs here`;
  const verbs: TwimlVerb[] = [];
  for (const node of root.children) {
    const verb = toVerb(node);
    if (typeof verb === 'string') return verb;
    verbs.push(verb);
  }
  return verbs;
};

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: true,
  commentPropName: false,
  processEntities: true,
});

/** fast-xml-parser's ordered form: [{ Tag: [children], ':@': attributes }, { '#text': … }]. */
const nodesOf = (parsed: unknown): Node[] => {
  if (!Array.isArray(parsed)) return [];
  return parsed.flatMap((entry: Record<string, unknown>) => {
    const name = Object.keys(entry).find((key) => key !== ':@');
    if (name === undefined || name === '#text') return [];
    const inside = entry[name];
    const text = Array.isArray(inside)
      ? inside
          .map((part: Record<string, unknown>) => (typeof part['#text'] === 'string' ? part['#text'] : ''))
          .join('')
      : '';
    const attributes = (entry[':@'] ?? {}) as Record<string, string>;
    return [{ name, text: text.trim(), children: nodesOf(inside), attributes }];
  });
};

const toVerb = ({ name, text, children, attributes }: Node): TwimlVerb | string => {
  switch (name) {
    case 'Say':
      return text === '' || children.length > 0 ? 'Say needs plain text' : { verb: 'Say', text };
    case 'Pause': {
      const seconds = Number(attributes['length'] ?? '1');
      return seconds >= 0 && seconds <= 60 ? { verb: 'Pause', seconds } : 'Pause has a length of 0 to 60';
    }
    case 'Hangup':
      return { verb: 'Hangup' };
    case 'Dial':
    case 'Refer': {
      const [inner, second] = children;
      if (second || (inner && text !== '')) return `${name} to several targets cannot be carried out here`;
      if (inner && !['Number', 'Sip'].includes(inner.name))
        return `${name} to ${inner.name} cannot be carried out here`;
      const to = userPartOf(inner?.text ?? text);
      return to === '' ? `${name} needs a number or a SIP address` : { verb: name, to };
    }
    default:
      return `the verb ${name.slice(0, 40)} cannot be carried out here: Say, Pause, Dial, Refer and Hangup can`;
  }
};

/** `sip:215@pbx.example.com;transport=tcp` → 215: which PBX it is, the trunk knows. */
const userPartOf = (target: string): string => {
  const [, user] = /^sips?:([^@;?]+)@/i.exec(target) ?? [];
  return (user ?? target).trim();
};
