// `entente audit export`: a folder with all that is needed to check a tenant's days on another machine: the log, the
// heads of the days, a receipt of every request, the erasures, and what the operator did.
#include <cstdio>
#include <format>

#include "app/commands/commands.hpp"
#include "app/commands/verify.hpp"
#include "app/paths.hpp"
#include "app/records/receipts.hpp"
#include "app/terminal/output.hpp"
#include "audit/log/verify.hpp"
#include "audit/receipts/erasure.hpp"
#include "base/clock.hpp"
#include "store/folder_files.hpp"
#include "store/store.hpp"
#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

namespace fs = std::filesystem;

constexpr int tries = 3;  // while the log grows

struct Span {
  std::chrono::sys_days first{}, last{};
};

struct Exported {
  std::uint64_t heads = 0, receipts = 0, erasures = 0, acts = 0;
};

// Days that have ended: of the others there is no head yet.
Result<Span> days_of(const ExportWanted& wanted) {
  auto today = std::chrono::floor<std::chrono::days>(system_clock().now());
  Span span{.first = {}, .last = today - std::chrono::days(1)};
  if (!wanted.from.empty()) {
    TRY_ASSIGN(span.first, day_option("--from", wanted.from));
  }
  if (!wanted.to.empty()) {
    TRY_ASSIGN(span.last, day_option("--to", wanted.to));
  }
  if (span.last >= today) {
    return fail(ErrorCode::invalid_request,
                std::format("The day {:%F} has not ended (UTC): what it had is known when its head is in the log. Let "
                            "'--to' name an earlier day.",
                            span.last));
  }
  if (span.first > span.last)
    return fail(ErrorCode::invalid_request, "'--from' names a day after the one that '--to' names.");
  return span;
}

Result<> write(const fs::path& file, std::string_view text) {
  std::error_code failure;
  fs::create_directories(file.parent_path(), failure);
  return write_text(file, text);  // which says it when there is no folder
}

// The published files, without the key that signs. While the log grows a file may be replaced as it is copied.
Result<> copy_log(const fs::path& from, const fs::path& to, const audit::NoteVerifier& key) {
  std::string damage;
  for (int i = 0; i < tries; ++i) {
    std::error_code failure;
    fs::remove_all(to, failure);
    fs::create_directories(to, failure);
    for (const char* name : {"checkpoint", "public-key"}) {
      if (!failure) fs::copy(from / name, to / name, failure);
    }
    if (!failure && fs::exists(from / "tile", failure))
      fs::copy(from / "tile", to / "tile", fs::copy_options::recursive, failure);
    if (failure) {
      damage = failure.message();
      continue;
    }
    store::FolderFiles files(to);
    TRY_ASSIGN(audit::LogVerdict verdict, audit::verify_log(files, key, std::nullopt));
    if (verdict.damage.empty() && verdict.gaps.empty()) return {};
    damage = (verdict.damage.empty() ? verdict.gaps : verdict.damage).front();
  }
  return fail(ErrorCode::unavailable, std::format("The log in {} could not be copied whole: {}. `entente verify` says "
                                                  "more.",
                                                  from.string(), damage));
}

Result<> write_held(const fs::path& file, const audit::NoteSigner& signer, audit::Files& files, audit::HeldKind kind,
                    const store::SealedEntry& entry, std::uint64_t& count) {
  TRY_ASSIGN(auto text, make_held(signer, files, kind, entry));
  if (!text) return {};  // it came after the checkpoint that was copied
  ++count;
  return write(file, *text);
}

std::string manifest(const ExportWanted& wanted, const Span& span, const Exported& exported) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("acts").number(static_cast<std::int64_t>(exported.acts));
  json.key("erasures").number(static_cast<std::int64_t>(exported.erasures));
  json.key("from").string(std::format("{:%F}", span.first)).key("heads");
  json.number(static_cast<std::int64_t>(exported.heads)).key("made").string(to_rfc3339(system_clock().now()));
  json.key("receipts").number(static_cast<std::int64_t>(exported.receipts)).key("tenant").string(wanted.tenant);
  json.key("to").string(std::format("{:%F}", span.last)).key("version").number(std::int64_t{1}).end_object();
  return out + "\n";
}

Result<Exported> write_export(const Common& common, const ExportWanted& wanted) {
  TRY_ASSIGN(Span span, days_of(wanted));
  std::error_code failure;
  if (fs::exists(wanted.folder, failure) && !fs::is_empty(wanted.folder, failure))
    return fail(ErrorCode::conflict, std::format("{} is there already. Name another folder.", wanted.folder.string()));
  TRY_ASSIGN(config::Loaded loaded, config::load_file(common.config_file));
  fs::path state = state_dir(loaded.config);
  TRY_ASSIGN(auto store, store::Store::open(state, store::Store::Role::tool, system_clock()));
  TRY_ASSIGN(std::string tenant, store->tenant_id(wanted.tenant));
  if (!fs::exists(state / "log/key", failure))
    return fail(ErrorCode::not_found, "There is no log yet: it begins when the server is started for the first time.");
  TRY_ASSIGN(audit::NoteSigner signer, store::log_signer(state / "log/key", loaded.config.audit.origin));
  TRY(copy_log(state / "log", wanted.folder / "log", signer.verifier()));

  // All of it under the checkpoint that was copied.
  store::FolderFiles files(wanted.folder / "log");
  Exported exported;
  std::string first = std::format("{:%F}", span.first), last = std::format("{:%F}", span.last);
  TRY_ASSIGN(auto heads, store->day_heads(tenant, first, last));
  for (const store::SealedEntry& head : heads) {
    TRY(write_held(wanted.folder / "heads" / std::format("{}.json", head.index), signer, files, audit::HeldKind::head,
                   head, exported.heads));
  }
  TRY_ASSIGN(auto erasures, store->erasures(tenant));
  for (const store::SealedEntry& erasure : erasures) {
    TRY(write_held(wanted.folder / "erasures" / std::format("{}.json", erasure.index), signer, files,
                   audit::HeldKind::erasure, erasure, exported.erasures));
  }
  TRY_ASSIGN(auto acts, store->acts(tenant));
  for (const store::SealedEntry& act : acts) {
    TRY(write_held(wanted.folder / "acts" / std::format("{}.json", act.index), signer, files, audit::HeldKind::act, act,
                   exported.acts));
  }
  TRY(store->sealed_in(tenant, span.first, span.last + std::chrono::days(1),
                       [&](const std::string& request, const std::vector<store::SealedAttempt>& attempts) -> Result<> {
                         TRY_ASSIGN(std::string receipt, make_receipt(signer, files, request, attempts));
                         ++exported.receipts;
                         return write(wanted.folder / "receipts" / (request + ".json"), receipt);
                       }));
  TRY(write(wanted.folder / audit_export_manifest, manifest(wanted, span, exported)));
  return exported;
}

}  // namespace

int audit_export(const Common& common, const ExportWanted& wanted) {
  auto exported = write_export(common, wanted);
  if (!exported) return report(exported.error(), common.json);
  if (common.json) {
    std::string out;
    wire::JsonWriter json(out);
    json.begin_object().key("acts").number(static_cast<std::int64_t>(exported->acts));
    json.key("erasures").number(static_cast<std::int64_t>(exported->erasures));
    json.key("heads").number(static_cast<std::int64_t>(exported->heads));
    json.key("receipts").number(static_cast<std::int64_t>(exported->receipts)).end_object();
    std::printf("%s\n", out.c_str());
    return 0;
  }
  std::printf("%s: %s, %s, %s, %s, and the log.\n", wanted.folder.c_str(),
              counted(exported->receipts, "receipt", "receipts").c_str(),
              counted(exported->heads, "head of a day", "heads of days").c_str(),
              counted(exported->erasures, "erasure", "erasures").c_str(),
              counted(exported->acts, "act of the operator", "acts of the operator").c_str());
  std::printf("Give it to whoever checks, and the log's public key by another way: entente verify %s --key KEY\n",
              wanted.folder.c_str());
  return 0;
}

}  // namespace entente::app
