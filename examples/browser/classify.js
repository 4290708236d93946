// The page's script: lenet.onnx computes in the browser what the net computes in Caffe.
/* global document */
import { InferenceSession, Tensor } from 'onnxruntime-web';

const side = 28;
const size = side * side;
const find = (id) => document.getElementById(id);
const [drawing, seen] = [find('drawing'), find('seen')].map((canvas) =>
  canvas.getContext('2d', { willReadFrequently: true }),
);

async function fetchBytes(path) {
  const response = await globalThis.fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
}

const session = await InferenceSession.create(await fetchBytes('lenet.onnx'));

/** A score for each digit. The net has learned to give 1 for the right one and 0 for the others. */
async function scoresOf(pixels) {
  // The data layer's transform_param is no part of the model: pixels from 0 to 255 become numbers below 1.
  const data = Float32Array.from(pixels, (pixel) => pixel / 256);
  const { ip2 } = await session.run({ data: new Tensor('float32', data, [1, 1, side, side]) });
  return ip2.data;
}

function show(pixels, canvas) {
  const image = canvas.createImageData(side, side);
  pixels.forEach((pixel, i) => image.data.set([pixel, pixel, pixel, 255], 4 * i));
  canvas.putImageData(image, 0, 0);
}

function row(digit, score) {
  const line = document.createElement('tr');
  const meter = document.createElement('meter');
  meter.value = score;
  const number = document.createElement('data');
  number.value = score;
  number.textContent = score.toFixed(2);
  for (const content of [digit, meter, number]) line.insertCell().append(content);
  return line;
}

async function classify(pixels) {
  show(pixels, seen);
  find('answer').value = '…';
  const scores = [...(await scoresOf(pixels))];
  find('scores').replaceChildren(...scores.map((score, digit) => row(digit, score)));
  find('answer').value = scores.indexOf(Math.max(...scores));
}

/** The red channel of a canvas. */
function pixelsOf(context) {
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  return Float32Array.from({ length: width * height }, (_, i) => data[4 * i]);
}

/** Where something is drawn: its size and its centre of mass. */
function extentOf(pixels, width) {
  const columns = [];
  const rows = [];
  let [mass, x, y] = [0, 0, 0];
  pixels.forEach((pixel, i) => {
    if (pixel === 0) return;
    const [column, line] = [i % width, Math.floor(i / width)];
    columns.push(column);
    rows.push(line);
    mass += pixel;
    x += pixel * column;
    y += pixel * line;
  });
  const lengthOf = (places) => places.reduce((a, b) => Math.max(a, b)) - places.reduce((a, b) => Math.min(a, b)) + 1;
  return mass === 0 ? undefined : { size: Math.max(lengthOf(columns), lengthOf(rows)), x: x / mass, y: y / mass };
}

/** As MNIST was made: a digit is 20 pixels long, and its centre of mass is in the middle. */
function classifyDrawing() {
  const { canvas } = drawing;
  const extent = extentOf(pixelsOf(drawing), canvas.width);
  if (extent === undefined) return;
  const scale = 20 / extent.size;
  seen.setTransform(1, 0, 0, 1, 0, 0);
  seen.clearRect(0, 0, side, side);
  seen.imageSmoothingQuality = 'high';
  seen.setTransform(scale, 0, 0, scale, side / 2 - scale * extent.x, side / 2 - scale * extent.y);
  seen.drawImage(canvas, 0, 0);
  void classify(pixelsOf(seen));
}

function clear() {
  drawing.clearRect(0, 0, drawing.canvas.width, drawing.canvas.height);
}

function letDraw() {
  const { canvas } = drawing;
  Object.assign(drawing, { lineWidth: 22, lineCap: 'round', lineJoin: 'round', strokeStyle: 'white' });
  canvas.addEventListener('pointerdown', ({ offsetX, offsetY, pointerId }) => {
    canvas.setPointerCapture(pointerId);
    drawing.beginPath();
    drawing.moveTo(offsetX, offsetY);
  });
  canvas.addEventListener('pointermove', ({ offsetX, offsetY, pointerId }) => {
    if (!canvas.hasPointerCapture(pointerId)) return;
    drawing.lineTo(offsetX, offsetY);
    drawing.stroke();
  });
  canvas.addEventListener('pointerup', classifyDrawing);
  find('clear').addEventListener('click', clear);
}

/** The images of the test set that the page comes with, one after the other. */
function offer(images) {
  for (let start = 0; start < images.length; start += size) {
    const pixels = images.subarray(start, start + size);
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: side, height: side });
    show(pixels, canvas.getContext('2d'));
    canvas.addEventListener('click', () => void classify(pixels));
    find('digits').append(canvas);
  }
}

letDraw();
offer(await fetchBytes('digits'));
