// Shows what the WebAssembly module beside this file says to the name in the field.

const bytes = await (await fetch(new URL("hello.wasm", import.meta.url))).arrayBuffer();
const { instance } = await WebAssembly.instantiate(bytes);

function greet(text) {
  const { memory, name, greeting, greet } = instance.exports;
  const utf8 = new TextEncoder().encode(text.trim());
  const buffer = new Uint8Array(memory.buffer);
  if (utf8.length <= instance.exports.room.value) {
    buffer.set(utf8, name.value);
  }
  const length = greet(utf8.length);
  return length === 0 ? "That name is too long." : new TextDecoder().decode(buffer.subarray(greeting.value, greeting.value + length));
}

const field = document.getElementById("name");
field.addEventListener("input", () => {
  document.getElementById("greeting").textContent = greet(field.value);
});
