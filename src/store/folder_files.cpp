#include "store/folder_files.hpp"

#include <format>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "store/durable_file.hpp"

namespace entente::store {

namespace fs = std::filesystem;

Result<std::optional<std::string>> FolderFiles::read(const std::string& path) { return read_file(folder_ / path); }

Result<> FolderFiles::write(const std::string& path, std::string_view bytes) {
  fs::path file = folder_ / path;
  std::error_code failure;
  fs::create_directories(file.parent_path(), failure);
  if (failure) {
    return fail(ErrorCode::unavailable,
                std::format("{} cannot be made: {}.", file.parent_path().string(), failure.message()));
  }
  return replace_file(file, bytes, 0644);
}

void FolderFiles::remove_folder(const std::string& path) {
  std::error_code nobody_minds;
  fs::remove_all(folder_ / path, nobody_minds);
}

namespace {

// What the two kinds of keys differ in, for messages.
struct KeyWords {
  std::string_view whose;    // "the log"
  std::string_view setting;  // that names it
  std::string_view anew;     // how to begin with another name
};

// A key of one's own: read from its file, which only we may read, or made there.
template <class Signer>
Result<Signer> own_key(const fs::path& file, std::string_view wanted, const KeyWords& words) {
  TRY_ASSIGN(auto text, read_file(file));
  if (text) {
    while (text->ends_with('\n')) text->pop_back();
    auto signer = Signer::parse(*text);
    if (!signer) {
      return fail(ErrorCode::conflict, std::format("{} does not hold {}'s key: {} Put the right file back.",
                                                   file.string(), words.whose, signer.error().message));
    }
    std::string name = signer->verifier().name();
    if (!wanted.empty() && wanted != name) {
      return fail(ErrorCode::conflict,
                  std::format("T{} is named {}, but {} says {}. It keeps its name: set it back, or {}.",
                              words.whose.substr(1), name, words.setting, wanted, words.anew));
    }
    return signer;
  }
  audit::Seed seed = audit::SigningKey::new_seed();
  audit::PublicKey key = audit::SigningKey(seed).public_key();
  std::string own = "entente-" + to_hex(key).substr(0, 16);
  std::string name = wanted.empty() ? own : std::string(wanted);
  TRY(audit::check_key_name(name));
  Signer signer(name, seed);
  std::error_code failure;
  fs::create_directories(file.parent_path(), failure);
  TRY(replace_file(file, signer.private_text() + "\n", 0600));
  return signer;
}

}  // namespace

Result<audit::NoteSigner> log_signer(const fs::path& file, std::string_view origin) {
  return own_key<audit::NoteSigner>(
      file, origin,
      {.whose = "the log", .setting = "audit.origin", .anew = "begin a new log in a new server.state_dir"});
}

Result<audit::Cosigner> witness_signer(const fs::path& file, std::string_view name) {
  return own_key<audit::Cosigner>(
      file, name,
      {.whose = "the witness", .setting = "audit.witness.name", .anew = "begin a new one in a new server.state_dir"});
}

}  // namespace entente::store
