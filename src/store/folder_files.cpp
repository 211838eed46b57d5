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

Result<audit::NoteSigner> log_signer(const fs::path& file, std::string_view origin) {
  TRY_ASSIGN(auto text, read_file(file));
  if (text) {
    while (text->ends_with('\n')) text->pop_back();
    auto signer = audit::NoteSigner::parse(*text);
    if (!signer) {
      return fail(ErrorCode::conflict, std::format("{} does not hold the log's key: {} Put the right file back.",
                                                   file.string(), signer.error().message));
    }
    std::string name = signer->verifier().name();
    if (!origin.empty() && origin != name) {
      return fail(
          ErrorCode::conflict,
          std::format("The log is named {}, but audit.origin says {}. A log keeps its name: set it back, or begin "
                      "a new log in a new server.state_dir.",
                      name, origin));
    }
    return signer;
  }
  audit::Seed seed = audit::SigningKey::new_seed();
  audit::PublicKey key = audit::SigningKey(seed).public_key();
  std::string own = "entente-" + to_hex(key).substr(0, 16);
  std::string name = origin.empty() ? own : std::string(origin);
  TRY(audit::check_key_name(name));
  audit::NoteSigner signer(name, seed);
  std::error_code failure;
  fs::create_directories(file.parent_path(), failure);
  TRY(replace_file(file, signer.private_text() + "\n", 0600));
  return signer;
}

}  // namespace entente::store
