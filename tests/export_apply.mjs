// usage: node export_apply.mjs NODE_MODULES ARTEFACTS.ndjson PATIENTS.ndjson
// Applies the exported plan with encender, an engine nobody here wrote; prints the actions of the
// resulting RequestGroup, one JSON array a line for each Bundle.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, artefacts, patients] = process.argv.slice(2);
const main = path.resolve(modules, 'encender/src/main.js');
const { applyPlan, simpleResolver } = await import(pathToFileURL(main));
const lines = (name) => fs.readFileSync(name, 'utf8').split('\n').filter(Boolean);
const known = lines(artefacts).map((line) => JSON.parse(line));
const plan = known.find((one) => one.resourceType === 'PlanDefinition');
for (const line of lines(patients)) {
  const chart = JSON.parse(line).entry.map((one) => one.resource);
  const person = chart.find((one) => one.resourceType === 'Patient');
  // The engine hands all that the resolver knows to the logic, as the patient's data; what may be
  // resolved only by its address is kept apart.
  const everything = simpleResolver([...known, ...chart]);
  const own = simpleResolver(chart);
  const resolver = async (reference) => (reference ? everything(reference) : own());
  const [, group] = await applyPlan(plan, `Patient/${person.id}`, resolver, {});
  console.log(JSON.stringify(group.action ?? []));
}
process.exit(0);
