// Reads the feature files that are named, with the official parser and compiler of Gherkin, and writes their scenarios as one JSON
// list: backgrounds are within each scenario, and nothing of the language is left to understand but text and tables.
//
//   node pickles.js to.json one.feature another.feature

import { readFileSync, writeFileSync } from "node:fs";
import { AstBuilder, GherkinClassicTokenMatcher, Parser, compile } from "@cucumber/gherkin";
import { IdGenerator } from "@cucumber/messages";

const newId = IdGenerator.incrementing();
const parser = new Parser(new AstBuilder(newId), new GherkinClassicTokenMatcher());

// What the page of the scenarios promises that there is not: a runner needn't know of it.
function simple(condition, file, what) {
  if (!condition) {
    throw new Error(`${file}: ${what}: see tests/scenarios/README.md for what a scenario may hold`);
  }
}

const [to, ...files] = process.argv.slice(2);
const scenarios = files.flatMap((file) => {
  const document = parser.parse(readFileSync(file, "utf8"));
  const feature = document.feature;
  simple(feature, file, "there is no feature in it");
  return compile(document, file, newId).map((pickle) => {
    simple(pickle.tags.length === 0, file, "a scenario has a tag");
    const steps = pickle.steps.map(({ text, argument }) => {
      simple(!argument?.docString, file, `"${text}" has a text in triple quotes`);
      const table = argument?.dataTable?.rows.map((row) => row.cells.map((cell) => cell.value)) ?? [];
      const whole = table.length !== 1 && table.every((row) => row.length === 2);
      simple(whole, file, `the table of "${text}" needs a heading and two columns`);
      return { text, table };
    });
    return { name: `${feature.name}: ${pickle.name}`, steps };
  });
});

const names = scenarios.map(({ name }) => name);
const twice = names.find((name, index) => names.indexOf(name) !== index);
simple(!twice, twice, "two scenarios have this name");
writeFileSync(to, `${JSON.stringify(scenarios, null, 2)}\n`);
