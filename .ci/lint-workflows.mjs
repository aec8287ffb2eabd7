// Checks workflows with GitHub's own language service: the syntax, the contexts and the functions in expressions. Checks the bash scripts in
// their steps with shellcheck. ./dev lint bundles and runs this file; the arguments are the workflows.
import { validate } from '@actions/languageservice';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parse } from 'yaml';

let problems = 0;

function report(file, place, message) {
  problems++;
  console.error(`${file}${place}: ${message}`);
}

async function checkSyntax(file, text) {
  for (const { range, message } of await validate(TextDocument.create(pathToFileURL(file).href, 'yaml', 1, text))) {
    report(file, `:${range.start.line + 1}:${range.start.character + 1}`, message);
  }
}

function checkScripts(file, text) {
  for (const [name, job] of Object.entries(parse(text).jobs ?? {})) {
    for (const step of job.steps ?? []) {
      if (step.run === undefined || /^(pwsh|powershell|cmd|python)\b/.test(step.shell ?? '')) {
        continue;
      }

      // GitHub starts bash with -e, and replaces expressions before bash sees the script.
      const script = `set -e; ${step.run.replaceAll(/\$\{\{.*?\}\}/gs, 'expression')}`;
      const { stdout, error } = spawnSync('shellcheck', ['--shell=bash', '--format=gcc', '-'], { input: script, encoding: 'utf8' });
      if (error) {
        throw error;
      }

      for (const line of stdout.split('\n').filter(Boolean)) {
        report(file, '', `job ${name}, step "${step.name ?? step.run.split('\n')[0]}", ${line.replace(/^-:/, 'line ')}`);
      }
    }
  }
}

async function main(files) {
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    await checkSyntax(file, text);
    checkScripts(file, text);
  }

  console.error(`${files.length} workflows, ${problems} problems`);
  process.exitCode = problems === 0 ? 0 : 1;
}

main(process.argv.slice(2));
