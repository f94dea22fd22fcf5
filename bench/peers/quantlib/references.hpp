// Reads the reference file of the tests: a flat list of entries, each with problem, set, quantity and value.
#pragma once

#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

inline std::map<std::string, std::vector<double>> readReferences(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error("cannot read " + path);
    std::stringstream all;
    all << file.rdbuf();
    std::string text = all.str(), problem, set, quantity;
    std::map<std::string, std::vector<double>> values;
    const std::regex field("\"(problem|parameterSet|quantity|value)\"\\s*:\\s*(?:\"([^\"]*)\"|null)");
    for (std::sregex_iterator it(text.begin(), text.end(), field), end; it != end; ++it) {
        const std::string name = (*it)[1], content = (*it)[2];
        if (name == "problem") problem = content, set.clear();
        if (name == "parameterSet") set = content;
        if (name == "quantity") quantity = content;
        if (name == "value")
            values[problem + (quantity == "price" ? "" : "-" + quantity) + (set.empty() ? "" : "-" + set)].push_back(
                std::stod(content));
    }
    return values;
}
