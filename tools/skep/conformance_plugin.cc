// The plugin protocol of the public bpf_conformance runner: the program as hex on standard input, the memory as hex in
// the first argument, r0 in hex on standard output. Options after the memory: --interpret, --jit (default).
#include <inttypes.h>
#include <stdio.h>

#include <iostream>
#include <iterator>
#include <string>

#include "tools/skep/engine.h"

using namespace skep::tool;

int main(int argc, char** argv) {
  EngineOptions options;
  options.engine = Engine::kJit;
  Case c{.name = "stdin", .insns = "", .mem = ""};
  for (int n = 1; n < argc; n++) {
    const std::string a = argv[n];
    if (a == "--help") {
      printf(
          "usage: bpf_conformance_plugin [MEMORY] [--interpret|--jit] [--target rv64[_zba][_zbb]] <PROGRAM\n"
          "\n"
          "The plugin protocol of the public bpf_conformance runner: PROGRAM and MEMORY in hex, blanks anywhere. r1 is "
          "the\n"
          "memory's address and r2 its length, both 0 without it. Prints r0 in hex. Default: --jit, with Zba and Zbb.\n"
          "Exit status: 0 run, 1 bad input, or a program that failed (stderr says why).\n");
      return 0;
    }
    if (a == "--interpret") {
      options.engine = Engine::kInterp;
    } else if (a == "--jit") {
      options.engine = Engine::kJit;
    } else if (a == "--target" && n + 1 < argc && is_target(argv[n + 1])) {
      options.target = argv[++n];
    } else if (a == "--elf") {
      fprintf(stderr, "ELF input is not supported\n");
      return 1;
    } else if (a.starts_with("-")) {
      fprintf(stderr, "bpf_conformance_plugin: what is '%s'? Try --help.\n", a.c_str());
      return 1;
    } else {
      for (const char d : a) c.mem += d == ' ' ? std::string() : std::string(1, d);
    }
  }
  const std::string input(std::istreambuf_iterator<char>(std::cin), {});
  for (const char d : input) {
    if (std::string_view(" \n\r\t").find(d) == std::string_view::npos) c.insns += d;
  }
  if (c.insns.empty() || !parse_hex(c.insns) || !parse_hex(c.mem)) {
    fprintf(stderr, "bpf_conformance_plugin: input is not hex\n");
    return 1;
  }
  const Outcome outcome = run_cases({c}, options)[0];
  if (!outcome.r0) {
    fprintf(stderr, "%s\n", outcome.error.c_str());
    return 1;
  }
  printf("%" PRIx64 "\n", *outcome.r0);
  return 0;
}
