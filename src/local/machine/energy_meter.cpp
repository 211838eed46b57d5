#include "local/machine/energy_meter.hpp"

#include <array>
#include <charconv>
#include <fstream>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <unistd.h>

namespace entente::local {

namespace {

std::optional<std::uint64_t> number_in(int file) {
  if (file < 0) return std::nullopt;
  std::array<char, 32> text;
  ssize_t size = ::pread(file, text.data(), text.size(), 0);
  if (size <= 0) return std::nullopt;
  std::uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + size, number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

std::string first_line(const std::filesystem::path& file) {
  std::string line;
  std::getline(std::ifstream(file) >> std::ws, line);
  return line;
}

}  // namespace

EnergyMeter::EnergyMeter(const std::filesystem::path& folder) {
  if (folder.empty()) return;
  std::error_code missing;
  for (const auto& zone : std::filesystem::directory_iterator(folder, missing)) {
    // A package's parts (its cores, its memory) are zones of their own; "psys" is the whole board, packages included.
    if (!first_line(zone.path() / "name").starts_with("package-")) continue;
    // The same counter through another interface would be counted twice.
    if (!zone.path().filename().string().starts_with("intel-rapl:")) continue;
    std::uint64_t range = 0;
    std::ifstream(zone.path() / "max_energy_range_uj") >> range;
    int file = ::open((zone.path() / "energy_uj").c_str(), O_RDONLY | O_CLOEXEC);
    packages_.push_back({.file = file, .range = range, .began = std::nullopt});
  }
}

EnergyMeter::~EnergyMeter() {
  for (const Package& package : packages_) {
    if (package.file >= 0) ::close(package.file);
  }
}

void EnergyMeter::begin() {
  for (Package& package : packages_) package.began = number_in(package.file);
}

std::optional<std::int64_t> EnergyMeter::microjoules() {
  if (packages_.empty()) return std::nullopt;
  std::uint64_t sum = 0;
  for (const Package& package : packages_) {
    std::optional<std::uint64_t> now = number_in(package.file);
    if (!now || !package.began) return std::nullopt;
    sum += *now >= *package.began ? *now - *package.began : package.range - *package.began + *now;
  }
  return static_cast<std::int64_t>(sum);
}

}  // namespace entente::local
