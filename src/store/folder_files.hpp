// The published log as a folder of files: what was written is on disk when write() returns, and whoever reads sees the
// old file or the new one. Any thread reads; one writes.
#pragma once

#include <filesystem>

#include "audit/checkpoints/cosignature.hpp"
#include "audit/log/log.hpp"

namespace entente::store {

class FolderFiles final : public audit::Files {
 public:
  explicit FolderFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<std::optional<std::string>> read(const std::string& path) override;
  Result<> write(const std::string& path, std::string_view bytes) override;
  Result<> write_all(std::span<const audit::NewFile> files) override;
  void remove_folder(const std::string& path) override;

 private:
  std::filesystem::path folder_;
};

// The key that signs the log, from its file, which only we may read; made with a new key where there is none, under the
// name `origin`, or one of its own. Errors: a file that holds no key, or one of another name.
Result<audit::NoteSigner> log_signer(const std::filesystem::path& file, std::string_view origin);
// Its key of ML-DSA-44, which has the same name.
Result<audit::MldsaCosigner> log_cosigner(const std::filesystem::path& file, std::string_view origin);

// The same for the keys that cosign other people's logs.
Result<audit::Cosigner> witness_signer(const std::filesystem::path& file, std::string_view name);
Result<audit::MldsaCosigner> witness_cosigner(const std::filesystem::path& file, std::string_view name);

}  // namespace entente::store
