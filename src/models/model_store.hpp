// ModelStore: the models installed on this machine.
//
//   FOLDER/blobs/sha256-<hex>.gguf   the files, named by what they hold: two names for one file take its room once
//   FOLDER/names/<name>              one small file per name, ':' written '+', written whole or not at all (temporary,
//   fsync, rename) FOLDER/partial/                  what is on its way; anything here may be thrown away FOLDER/lock
//   held while something is changed
//
// A model is installed when its name file is there; that is the last step of every change, so a kill at any moment
// leaves the store as before or as after. Several processes may use a folder at once. Blocking I/O, any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "domain/sampling.hpp"
#include "models/gguf.hpp"

namespace entente::models {

struct Installed {
  std::string name;    // "smollm2:135m"
  std::string sha256;  // hexadecimal
  std::uint64_t bytes = 0;
  std::string maker, licence, source;
  RecommendedSampling sampling;  // by the maker: the catalogue's, or that of the model it was made from
  std::string made_from;         // sha256 of the installed file that this one was made from; empty: from none
  Instant added{};
  std::filesystem::path path;  // of the file
};

class ModelStore {
 public:
  using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

  explicit ModelStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<std::vector<Installed>> list() const;
  Result<Installed> find(std::string_view name) const;

  // Names whose file is missing or has another size: somebody reached into the folder. list() leaves them out.
  std::vector<std::string> damaged() const;

  // Takes a copy (sharing blocks where the file system can). The file is checked and hashed first. `expected_sha256`
  // empty: any. `source` is where it came from, for the person.
  Result<Installed> import_file(const std::filesystem::path& file, std::string_view name, std::string_view source,
                                std::string_view expected_sha256 = {}, const Progress& progress = {});

  // The same for a file in partial_folder(), which is moved.
  Result<Installed> adopt(const std::filesystem::path& file, std::string_view name, std::string_view source,
                          std::string_view expected_sha256 = {}, const Progress& progress = {});

  // The same for a file that was made here from an installed one, whose maker, licence and recommendations it keeps.
  Result<Installed> adopt_made(const std::filesystem::path& file, std::string_view name, const Installed& from,
                               std::string_view how);

  // The file goes when no other name uses it.
  Result<> remove(std::string_view name);

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path partial_folder() const { return folder_ / "partial"; }

 private:
  enum class Take { copy, move };
  Result<Installed> install(const std::filesystem::path& file, std::string_view name, std::string_view source,
                            std::string_view expected_sha256, const Progress& progress, Take take,
                            const Installed* made_from = nullptr);
  Result<> sweep();
  std::filesystem::path folder_;
};

// Letters, digits, '.', '_', '-' and at most one ':' before a tag: "smollm2:135m".
Result<> check_model_name(std::string_view name);

}  // namespace entente::models
