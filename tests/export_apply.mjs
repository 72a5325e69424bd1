// usage: node export_apply.mjs NODE_MODULES ARTEFACTS.ndjson PATIENTS.ndjson DAY
// Applies the exported plan with encender, an engine nobody here wrote; prints the actions of the
// resulting RequestGroup, one JSON array a line for each Bundle.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [modules, artefacts, patients, day] = process.argv.slice(2);
const main = path.resolve(modules, 'encender/src/main.js');
const { applyPlan, simpleResolver } = await import(pathToFileURL(main));
const require = createRequire(path.resolve(modules, 'here.js'));
const cql = require('cql-execution');
const fhir = require('cql-exec-fhir');
const source = fhir.PatientSource.FHIRv401();
const moment = cql.DateTime.parse(`${day}T12:00:00.000+00:00`);
const lines = (name) => fs.readFileSync(name, 'utf8').split('\n').filter(Boolean);
let executor;

// The engine's own worker works the whole library out again for each condition; this one does so
// once for a patient, with the logic that the engine took out of the Library resource.
class Worker {
  postMessage(message) {
    if (message.elmJson) executor ??= new cql.Executor(new cql.Library(message.elmJson));
    if (message.patientBundle) {
      source.reset();
      source.loadBundles([message.patientBundle]);
      this.results = executor.exec(source, moment);
    }
    if (message.expression) {
      this.results.then((told) => {
        const [values] = Object.values(told.patientResults);
        if (!(message.expression in values)) throw new Error(`no ${message.expression}`);
        this.answer({ expression: message.expression, result: values[message.expression] });
      });
    }
  }

  on(_, answer) {
    this.answer = answer;
  }

  terminate() {}
}

const known = lines(artefacts).map((line) => JSON.parse(line));
const plan = known.find((one) => one.resourceType === 'PlanDefinition');
const library = simpleResolver(known);
for (const line of lines(patients)) {
  const chart = JSON.parse(line).entry.map((one) => one.resource);
  const person = `Patient/${chart.find((one) => one.resourceType === 'Patient').id}`;
  const own = simpleResolver(chart);
  // What is asked for without an address is the patient's data, to which no artefact belongs.
  const resolver = (address) =>
    address && address !== person ? library(address) : own(address);
  const aux = { isNodeJs: true, WorkerFactory: () => new Worker() };
  const [, group] = await applyPlan(plan, person, resolver, aux);
  console.log(JSON.stringify(group.action ?? []));
}
