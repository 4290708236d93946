// The addon's methods and getters check the object that they are called on, and those that they are given.
import test from 'ava';
import { Blob, createLayer, Net, Timer } from 'tscaffe';

const text = 'layer { name: "x" type: "Input" top: "x" input_param { shape { dim: 1 dim: 2 } } }';

/** The methods and getters that the addon has put on the prototypes of an object. */
function members(object: object): { name: string; call: (receiver: unknown) => unknown }[] {
  const prototypes: object[] = [];
  for (let at = Object.getPrototypeOf(object) as object | null; at && at !== Object.prototype;
       at = Object.getPrototypeOf(at) as object | null) prototypes.push(at); // prettier-ignore
  return prototypes.flatMap((prototype) =>
    Object.entries(Object.getOwnPropertyDescriptors(prototype)).flatMap(([name, property]) => {
      // eslint-disable-next-line @typescript-eslint/unbound-method -- called on other objects, on purpose
      const member: unknown = property.get ?? property.value;
      if (typeof member !== 'function' || name === 'constructor') return [];
      if (!Function.prototype.toString.call(member).includes('[native code]')) return [];
      return [{ name, call: (receiver: unknown) => Reflect.apply(member, receiver, []) as unknown }];
    }),
  );
}

test('a getter or method of the addon called on an object of another class is a TypeError', (t) => {
  // The addon's own object behind a net, which hostile code finds too.
  const { native } = new Net({ text }, 'test') as unknown as { native: object };
  const all = [new Blob(2), native];
  for (const own of all) {
    const known = members(own);
    t.true(known.length > 20, String(known.length));
    for (const { name, call } of known) {
      for (const other of all) if (other !== own) t.throws(() => call(other), { instanceOf: TypeError }, name);
    }
  }
});

test('a getter or method of a blob called on anything else is a TypeError', (t) => {
  const prototype = Blob.prototype;
  const receivers: unknown[] = [
    ...[undefined, null, 1, 'x', Symbol('s'), {}, [], globalThis, prototype, Object.create(prototype) as unknown],
    ...[new Proxy(new Blob(1), {}), new Timer(), createLayer({ type: 'ReLU' })],
  ];
  for (const { name, call } of members(new Blob(2))) {
    for (const receiver of receivers) t.throws(() => call(receiver), { instanceOf: TypeError }, name);
  }
});

test('a net where a blob is expected, and a blob where a net is, are TypeErrors', (t) => {
  const net = new Net({ text }, 'test');
  const blob = new Blob(2);
  const impostors = [net, Object.create(Blob.prototype) as object, new Proxy(new Blob(2), {}), {}, 3, undefined];
  const layer = createLayer({ type: 'ReLU' });
  for (const impostor of impostors as Blob[]) {
    t.throws(() => { blob.shareData(impostor); }, { instanceOf: TypeError, message: /Expected a Blob for other/ }); // prettier-ignore
    t.throws(() => { blob.copyFrom(impostor); }, { instanceOf: TypeError, message: /Expected a Blob for source/ }); // prettier-ignore
    t.throws(() => { layer.setup([impostor], [new Blob()]); }, { instanceOf: TypeError, message: /Expected a Blob for bottom\[0\]/ }); // prettier-ignore
  }
  for (const impostor of [blob, Object.create(Net.prototype) as object, {}, 3] as Net[]) {
    t.throws(() => { net.shareWith(impostor); }, { instanceOf: TypeError, message: /Expected a Net/ }); // prettier-ignore
  }
});
