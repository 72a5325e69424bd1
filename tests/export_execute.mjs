// usage: node export_execute.mjs NODE_MODULES ELM.json PATIENTS.ndjson DAY
// Runs the library over one FHIR R4 Bundle a line with cql-execution; prints its recommendation,
// one JSON object a line. One patient source serves all: making one costs more than a patient.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const [modules, elm, patients, day] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, 'here.js'));
const cql = require('cql-execution');
const fhir = require('cql-exec-fhir');
const library = new cql.Library(JSON.parse(fs.readFileSync(elm, 'utf8')));
const executor = new cql.Executor(library);
const source = fhir.PatientSource.FHIRv401();
const moment = cql.DateTime.parse(`${day}T12:00:00.000+00:00`);
for (const line of fs.readFileSync(patients, 'utf8').split('\n').filter(Boolean)) {
  source.reset();
  source.loadBundles([JSON.parse(line)]);
  const results = await executor.exec_expression('Recommendation', source, moment);
  const [answer] = Object.values(results.patientResults);
  console.log(JSON.stringify(answer.Recommendation));
}
