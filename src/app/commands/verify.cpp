#include "audit/log/verify.hpp"

#include <cstdio>
#include <format>
#include <fstream>
#include <iterator>

#include "app/commands/commands.hpp"
#include "app/commands/verify.hpp"
#include "app/paths.hpp"
#include "app/terminal/output.hpp"
#include "audit/receipts/held_entry.hpp"
#include "audit/tree/tiles.hpp"
#include "store/folder_files.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace fs = std::filesystem;

namespace {

void print(const audit::LogVerdict& verdict, const Witnessed& witnessed, bool own_key) {
  const audit::Checkpoint& checkpoint = verdict.checkpoint;
  std::printf("%s: %llu entries, signed\n", checkpoint.origin.c_str(),
              static_cast<unsigned long long>(checkpoint.tree.size));
  if (verdict.from > 0) {
    std::printf("looked at     from entry %llu on; of what stood before, only that the tree has it\n",
                static_cast<unsigned long long>(verdict.from));
  }
  std::printf("integrity     %s\n", verdict.damage.empty() ? "intact: every entry is under the signature" : "DAMAGED");
  for (const std::string& sentence : verdict.damage) std::printf("  %s\n", sentence.c_str());
  std::printf("completeness  %s\n", verdict.gaps.empty()
                                        ? std::format("whole: {} in {}, {} without outcome yet",
                                                      counted(verdict.attempts, "attempt", "attempts"),
                                                      counted(verdict.lanes, "lane", "lanes"), verdict.running)
                                              .c_str()
                                        : "ENTRIES ARE MISSING OR OUT OF PLACE");
  for (const std::string& sentence : verdict.gaps) std::printf("  %s\n", sentence.c_str());
  print_witnessed(witnessed, 14);
  if (own_key) {
    std::printf(
        "The key is the one that lies beside the log. Whoever can write there can replace both: give the key "
        "that you kept with --key.\n");
  }
}

void print_json(const audit::LogVerdict& verdict, const Witnessed& witnessed, bool own_key) {
  std::string out;
  wire::JsonWriter json(out);
  auto sentences = [&](std::string_view name, const std::vector<std::string>& all) {
    json.key(name).begin_array();
    for (const std::string& sentence : all) json.string(sentence);
    json.end_array();
  };
  json.begin_object().key("origin").string(verdict.checkpoint.origin);
  json.key("entries").number(static_cast<std::int64_t>(verdict.checkpoint.tree.size));
  json.key("from").number(static_cast<std::int64_t>(verdict.from));
  json.key("key_from_log").boolean(own_key);
  json.key("intact").boolean(verdict.damage.empty()).key("complete").boolean(verdict.gaps.empty());
  sentences("damage", verdict.damage);
  sentences("gaps", verdict.gaps);
  json.key("attempts").number(static_cast<std::int64_t>(verdict.attempts));
  json.key("lanes").number(static_cast<std::int64_t>(verdict.lanes));
  json.key("running").number(static_cast<std::int64_t>(verdict.running));
  add_witnessed(json, witnessed);
  json.end_object();
  std::printf("%s\n", out.c_str());
}

}  // namespace

Result<std::string> text_in(const fs::path& file) {
  std::ifstream in(file == "-" ? "/dev/stdin" : file, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, std::format("{} cannot be read.", file.string()));
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<> write_text(const fs::path& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) return fail(ErrorCode::unavailable, std::format("{} could not be written.", file.string()));
  return {};
}

Result<fs::path> own_log(const Common& common) {
  TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
  return state_dir(loaded.config) / "log";
}

Result<audit::NoteVerifier> log_key(std::string given, const fs::path& folder) {
  std::error_code failure;
  if (given.empty()) {
    auto beside = text_in(folder / "public-key");
    if (!beside)
      return fail(ErrorCode::not_found,
                  std::format("There is no key to check with in {}: give the log's public key with "
                              "--key.",
                              folder.string()));
    given = *std::move(beside);
  } else if (fs::is_regular_file(given, failure) || !given.contains('+')) {
    TRY_ASSIGN(given, text_in(given));
  }
  while (given.ends_with('\n')) given.pop_back();
  return audit::NoteVerifier::parse(given);
}

audit::ReadEntry entries_in(audit::Files& files, std::uint64_t size) {
  struct Bundle {
    std::uint64_t first = 0;
    std::vector<std::string> entries;
  };
  return [&files, size, bundle = std::make_shared<Bundle>()](std::uint64_t index) -> Result<std::string> {
    if (index < bundle->first || index >= bundle->first + bundle->entries.size()) {
      std::uint64_t first = index / audit::tile_width * audit::tile_width;
      audit::TileId id = audit::tile_at(audit::TileId::entries, first / audit::tile_width, size);
      TRY_ASSIGN(auto bytes, files.read(audit::path_of(id)));
      if (!bytes) return fail(ErrorCode::not_found, std::format("{} is missing in the log.", audit::path_of(id)));
      TRY_ASSIGN(auto entries, audit::entries_in(*bytes));
      *bundle = {.first = first, .entries = {}};
      for (std::string_view entry : entries) bundle->entries.emplace_back(entry);
    }
    if (index - bundle->first >= bundle->entries.size())
      return fail(ErrorCode::not_found, std::format("The log has no entry {}.", index));
    return bundle->entries[index - bundle->first];
  };
}

int verify(const Common& common, const VerifyWanted& wanted) {
  std::error_code failure;
  if (!wanted.stream.empty()) return verify_saved_stream(common, wanted);
  if (fs::is_regular_file(wanted.what, failure)) {
    auto text = text_in(wanted.what);
    auto held = text ? audit::held_kind(*text) : std::nullopt;
    if (held == audit::HeldKind::head) return verify_head(common, wanted, *text);
    if (held == audit::HeldKind::erasure) return verify_erasure(common, wanted, *text);
    if (held == audit::HeldKind::act) return verify_act(common, wanted, *text);
    return verify_receipt(common, wanted);
  }
  if (fs::is_regular_file(wanted.what / audit_export_manifest, failure)) return verify_export(common, wanted);
  bool own_key = false;
  Witnessed witnessed;
  auto verified = [&]() -> Result<audit::LogVerdict> {
    fs::path folder = wanted.what;
    if (folder.empty()) {
      TRY_ASSIGN(folder, own_log(common));
    }
    TRY_ASSIGN(auto policy, read_policy(wanted.policy));
    own_key = wanted.key.empty() && !(policy && policy->logs().size() == 1);
    TRY_ASSIGN(audit::NoteVerifier key, checking_key(wanted, policy, folder));
    std::optional<audit::Checkpoint> earlier;
    if (!wanted.earlier.empty()) {
      TRY_ASSIGN(std::string note, text_in(wanted.earlier));
      TRY_ASSIGN(earlier, audit::open_checkpoint(note, key));
    }
    store::FolderFiles files(folder);
    TRY_ASSIGN(audit::LogVerdict verdict, audit::verify_log(files, key, earlier, wanted.from));
    TRY_ASSIGN(witnessed, look_at_witnesses(verdict.note, key, policy));
    return verdict;
  }();
  if (!verified) return report(verified.error(), common.json);
  if (common.json) {
    print_json(*verified, witnessed, own_key);
  } else {
    print(*verified, witnessed, own_key);
  }
  return verified->damage.empty() && verified->gaps.empty() && witnessed.good() ? 0 : 1;
}

}  // namespace entente::app
