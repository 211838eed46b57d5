// How many threads compute, when the configuration leaves it open. Pure but for reading /sys.
//
// Prompts and several answers at once are work enough for every core; the second thread of a core shares its arithmetic
// units and only gets in the way, so cores are counted, not threads. A single answer's token is so little work that
// threads may wait for each other longer than they compute: how many pay is measured when a model is loaded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>

namespace entente::local {

// How many different cores these processors (by Linux's numbers) are; as many as processors where nothing says so.
std::uint32_t count_cores(std::span<const std::uint32_t> processors, const std::filesystem::path& root = "/");

// The cores this process may use: each counts once, and no more than a container's quota.
std::uint32_t usual_threads();

// The fewest threads, of 1, 2, 4, … and `most`, with which a step takes at most 3 % longer than with the best number.
// `seconds` measures one step; each number is tried `rounds` times in turn, and its best counts.
std::uint32_t measure_threads(std::uint32_t most, int rounds, const std::function<double(std::uint32_t)>& seconds);

}  // namespace entente::local
