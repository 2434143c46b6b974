/** A header whatever its name: `headers['__proto__'] = value` would be lost, and a name is any text that a program outside has sent. */
export function setHeader<Value>(headers: Record<string, Value>, name: string, value: Value): void {
  if (name === '__proto__') Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
  else headers[name] = value;
}
