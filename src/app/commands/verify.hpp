// What `entente verify` has for both of its objects, a log and a receipt.
#pragma once

#include <filesystem>
#include <string>

#include "app/commands/commands.hpp"
#include "audit/note.hpp"

namespace entente::app {

Result<std::string> text_in(const std::filesystem::path& file);
Result<audit::NoteVerifier> log_key(std::string text);  // a key as it is written, or the file that holds it

int verify_receipt(const Common& common, const VerifyWanted& wanted);

}  // namespace entente::app
