import { parser } from '@prometheus-io/lezer-promql';

/** Where a query can not be read, as the text from there on; empty when it can. */
export function notPromql(query: string): string[] {
  const errors: string[] = [];
  parser.parse(query).iterate({ enter: ({ type, from }) => void (type.isError && errors.push(query.slice(from, from + 40))) });
  return errors;
}

/** The metrics that a query reads. */
export function metricsOf(query: string): string[] {
  const names: string[] = [];
  parser.parse(query).iterate({
    enter: ({ name, node, from }) => {
      const identifier = name === 'VectorSelector' ? node.getChild('Identifier') : null;
      if (name === 'VectorSelector') names.push(identifier === null ? query.slice(from, from + 40) : query.slice(identifier.from, identifier.to));
    },
  });
  return names;
}

/** The events that LogQL and jq ask for: `event="…"`, `.event == "…"`, and those of a `|~ "a|b"`. */
export function eventsOf(text: string): string[] {
  const named = [...text.matchAll(/\bevent ?==? ?"([^"]+)"/g)].map(([, event = '']) => event);
  return [...named, ...[...text.matchAll(/\|~ "([^"]+)"/g)].flatMap(([, pattern = '']) => pattern.split('|'))];
}
