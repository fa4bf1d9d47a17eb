/** Whether a body is whole, by the generated shapes. In Python pydantic says so (`fold.body_of`). */

import type { JSONValue } from './canon';
import { SHAPES, type Shape } from './words';

/** Whether `value` is a whole body of `kind`; false for a kind whose shape is not carried. */
export function fits(kind: string, value: unknown): boolean {
  const shape = Object.hasOwn(SHAPES, kind) ? SHAPES[kind] : undefined;
  return shape !== undefined && matches(shape, value as JSONValue);
}

function matches(shape: Shape, value: JSONValue): boolean {
  if (shape.$ref !== undefined) {
    const named = SHAPES[shape.$ref.slice('#/$defs/'.length)];
    return named !== undefined && matches(named, value);
  }
  if (shape.anyOf) return shape.anyOf.some((part) => matches(part, value));
  if (shape.enum) return shape.enum.some((code) => code === value);
  if (shape.const !== undefined) return shape.const === value;
  switch (shape.type) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isSafeInteger(value) && within(value as number, shape.minimum, shape.maximum);
    case 'string':
      return typeof value === 'string' && textMatches(shape, value);
    case 'array':
      return Array.isArray(value) && listMatches(shape, value as readonly JSONValue[]);
    case 'object':
      return isObject(value) && objectMatches(shape, value);
    default:
      return false;
  }
}

function textMatches(shape: Shape, text: string): boolean {
  // Lengths count code points, as the server does.
  const length = text.length > (shape.maxLength ?? Infinity) ? Array.from(text).length : text.length;
  const least = shape.minLength === undefined ? length : Array.from(text).length;
  if (!within(length, undefined, shape.maxLength) || least < (shape.minLength ?? 0)) return false;
  return shape.pattern === undefined || patternOf(shape.pattern).test(text);
}

const patterns = new Map<string, RegExp>();

/** Each pattern of the words is compiled once: a visit asks for the same few thousands of times. */
function patternOf(source: string): RegExp {
  const known = patterns.get(source);
  if (known) return known;
  const made = new RegExp(source);
  patterns.set(source, made);
  return made;
}

function listMatches(shape: Shape, list: readonly JSONValue[]): boolean {
  const { items } = shape;
  if (!within(list.length, shape.minItems, shape.maxItems)) return false;
  return items === undefined || list.every((part) => matches(items, part));
}

function objectMatches(shape: Shape, value: Readonly<Record<string, JSONValue>>): boolean {
  const fields = Object.entries(shape.properties ?? {});
  if (Object.keys(value).length !== fields.length) return false;
  return fields.every(
    ([name, field]) => Object.hasOwn(value, name) && matches(field, value[name] as JSONValue),
  );
}

function isObject(value: JSONValue): value is Readonly<Record<string, JSONValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function within(value: number, least = -Infinity, most = Infinity): boolean {
  return value >= least && value <= most;
}
