#include "store/folder_files.hpp"

#include <format>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "store/durable_file.hpp"

namespace entente::store {

namespace fs = std::filesystem;

Result<std::optional<std::string>> FolderFiles::read(const std::string& path) { return read_file(folder_ / path); }

Result<> FolderFiles::write(const std::string& path, std::string_view bytes) {
  audit::NewFile file{.path = path, .bytes = bytes};
  return write_all({&file, 1});
}

Result<> FolderFiles::write_all(std::span<const audit::NewFile> files) {
  std::vector<NewContent> all;
  all.reserve(files.size());
  for (const audit::NewFile& file : files) {
    const NewContent& one = all.emplace_back(folder_ / file.path, file.bytes);
    std::error_code failure;
    fs::create_directories(one.path.parent_path(), failure);
    if (failure) {
      return fail(ErrorCode::unavailable,
                  std::format("{} cannot be made: {}.", one.path.parent_path().string(), failure.message()));
    }
  }
  return replace_files(all, 0644);
}

void FolderFiles::remove_folder(const std::string& path) {
  std::error_code nobody_minds;
  fs::remove_all(folder_ / path, nobody_minds);
}

namespace {

// What the keys differ in, for messages.
struct KeyWords {
  std::string_view key;      // "the log's key"
  std::string_view named;    // who has its name: "the log"
  std::string_view setting;  // that names it
  std::string_view mend;     // how to go on with another name
};

// No setting names a key of ML-DSA-44: it has the name of the key beside it.
KeyWords words_of_mldsa(std::string_view key) {
  return {
      .key = key, .named = key, .setting = "the key beside it", .mend = "take the file away, and a new one is made"};
}

// A key of one's own: read from its file, which only we may read, or made there.
template <class Signer>
Result<Signer> own_key(const fs::path& file, std::string_view wanted, const KeyWords& words) {
  TRY_ASSIGN(auto text, read_file(file));
  if (text) {
    while (text->ends_with('\n')) text->pop_back();
    auto signer = Signer::parse(*text);
    if (!signer) {
      return fail(ErrorCode::conflict, std::format("{} does not hold {}: {} Put the right file back.", file.string(),
                                                   words.key, signer.error().message));
    }
    std::string name = signer->verifier().name();
    if (!wanted.empty() && wanted != name) {
      return fail(ErrorCode::conflict,
                  std::format("T{} is named {}, but {} says {}. It keeps its name: set it back, or {}.",
                              words.named.substr(1), name, words.setting, wanted, words.mend));
    }
    return signer;
  }
  audit::Seed seed = audit::SigningKey::new_seed();
  audit::PublicKey key = audit::SigningKey(seed).public_key();
  std::string own = "entente-" + to_hex(key).substr(0, 16);
  std::string name = wanted.empty() ? own : std::string(wanted);
  TRY(audit::check_key_name(name));
  Signer signer(name, seed);
  TRY(Signer::parse(signer.private_text()));  // what cannot be read back is not kept
  std::error_code failure;
  fs::create_directories(file.parent_path(), failure);
  TRY(replace_file(file, signer.private_text() + "\n", 0600));
  return signer;
}

}  // namespace

Result<audit::NoteSigner> log_signer(const fs::path& file, std::string_view origin) {
  return own_key<audit::NoteSigner>(file, origin,
                                    {.key = "the log's key",
                                     .named = "the log",
                                     .setting = "audit.origin",
                                     .mend = "begin a new log in a new server.state_dir"});
}

Result<audit::MldsaCosigner> log_cosigner(const fs::path& file, std::string_view origin) {
  return own_key<audit::MldsaCosigner>(file, origin, words_of_mldsa("the log's key of ML-DSA-44"));
}

Result<audit::Cosigner> witness_signer(const fs::path& file, std::string_view name) {
  return own_key<audit::Cosigner>(file, name,
                                  {.key = "the witness's key",
                                   .named = "the witness",
                                   .setting = "audit.witness.name",
                                   .mend = "begin a new one in a new server.state_dir"});
}

Result<audit::MldsaCosigner> witness_cosigner(const fs::path& file, std::string_view name) {
  return own_key<audit::MldsaCosigner>(file, name, words_of_mldsa("the witness's key of ML-DSA-44"));
}

}  // namespace entente::store
