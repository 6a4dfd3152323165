// A model as anywidget hands it to a view, without a notebook: traits, events, messages.
// `kernel(message, model)` answers messages: returns {reply, buffers} or throws.

export class FakeModel {
  constructor(traits, kernel) {
    this.traits = traits;
    this.kernel = kernel;
    this.handlers = new Map();
    this.saved = [];
    this.sent = [];
    this.changed = new Set();
  }
  get(name) {
    return this.traits[name];
  }
  /** Tells listeners at once, as Backbone does, also when the front end itself sets. */
  set(name, value) {
    const same = JSON.stringify(this.traits[name]) === JSON.stringify(value);
    this.traits[name] = value;
    this.changed.add(name);
    if (!same) this.emit(`change:${name}`);
  }
  save_changes() {
    for (const name of this.changed) this.saved.push([name, this.traits[name]]);
    this.changed.clear();
  }
  on(event, handler) {
    if (!this.handlers.has(event)) this.handlers.set(event, new Set());
    this.handlers.get(event).add(handler);
  }
  off(event, handler) {
    this.handlers.get(event)?.delete(handler);
  }
  emit(event, ...values) {
    for (const handler of [...(this.handlers.get(event) ?? [])]) handler(...values);
  }
  /** As when the kernel sets traits: all of them, then the events. */
  push(traits) {
    Object.assign(this.traits, traits);
    for (const name of Object.keys(traits)) this.emit(`change:${name}`);
  }
  async send(content, _callbacks, buffers) {
    this.sent.push(content);
    if (buffers?.length) this.newest = buffers[0];
    const { type, uuid } = content;
    try {
      const { reply = {}, buffers = [] } = (await this.kernel(content, this)) ?? {};
      this.emit("msg:custom", { ...reply, type: "reply", uuid }, buffers.map((b) => new DataView(b)));
    } catch (error) {
      this.emit("msg:custom", { type: "reply", uuid, error: { title: `${type} failed`, detail: error.message } }, []);
    }
  }
}
