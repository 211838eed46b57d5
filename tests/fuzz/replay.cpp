// A fuzzer without libFuzzer, as every ./dev test runs it under the sanitizers: once over each file of the folders it
// is given, so that a fault found once stays found; then over as many changes of them as --changes names, so that a new
// one has a chance to be found. They are the same on each machine, however slow: what fails on one fails on all. What
// breaks a property is written beside the program, to be put into the corpus.
// ./dev fuzz looks harder: it sees which inputs reach new code.
#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "fuzz.hpp"

extern "C" void __sanitizer_set_death_callback(void (*callback)());

namespace {

constexpr std::size_t longest = 1 << 16;                  // of a changed input
constexpr std::string_view marks = "\"{}[],:\\0\n\xff-";  // that say much to a parser

// What is being looked at, for whoever has to write it down when the process ends.
std::string input, found_file;

void keep_input() {
  int file = ::open(found_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) return;
  ssize_t written = ::write(file, input.data(), input.size());
  ::close(file);
  std::fprintf(stderr, "the input (%zd bytes) is in %s\n", written, found_file.c_str());
}

void on_abort(int) {
  keep_input();
  std::_Exit(1);
}

void look_at(std::string bytes) {
  input = std::move(bytes);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

// Some bytes of one input changed, left out, doubled, or taken from another.
std::string changed(const std::vector<std::string>& corpus, std::mt19937_64& random) {
  auto below = [&](std::size_t n) { return n ? static_cast<std::size_t>(random() % n) : 0; };
  std::string out = corpus[below(corpus.size())];
  for (std::size_t times = 1 + below(4); times > 0; --times) {
    std::size_t at = below(out.size() + 1), length = below(std::min<std::size_t>(out.size() - at, 32) + 1);
    const std::string& other = corpus[below(corpus.size())];
    switch (below(6)) {
      case 0:
        if (at < out.size()) out[at] = static_cast<char>(out[at] ^ (1 << below(8)));
        break;
      case 1:
        if (at < out.size()) out[at] = static_cast<char>(random());
        break;
      case 2: out.erase(at, length); break;
      case 3: out.insert(at, out.substr(at, length)); break;
      case 4: {
        std::size_t from = below(other.size() + 1);
        out.insert(at, other, from, below(64));
        break;
      }
      default: out.insert(at, 1, marks[below(marks.size())]); break;
    }
  }
  if (out.size() > longest) out.resize(longest);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  std::uint64_t changes = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--changes") == 0 && i + 1 < argc) {
      ++i;
      std::from_chars(argv[i], argv[i] + std::strlen(argv[i]), changes);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) files.push_back(entry.path());
  }
  if (files.empty()) return 1;
  found_file = std::string(argv[0]) + ".found";
  std::signal(SIGABRT, on_abort);
  __sanitizer_set_death_callback(keep_input);

  std::ranges::sort(files);
  std::vector<std::string> corpus;
  for (const auto& file : files) {
    std::printf("%s\n", file.filename().c_str());
    std::fflush(stdout);
    std::ifstream in(file, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    look_at(corpus.back());
  }
  std::mt19937_64 random(1);  // the same changes each time: what fails today failed yesterday, or the code has changed
  for (std::uint64_t i = 0; i < changes; ++i) look_at(changed(corpus, random));
  std::printf("%llu changed inputs\n", static_cast<unsigned long long>(changes));
  return 0;
}
