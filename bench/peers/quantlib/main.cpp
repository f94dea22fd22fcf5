// Finds, for each problem, QuantLib's fastest way to the target error, as an instrument and as a bare formula.
//   driver --references FILE [--problems 1b-I,4] [--target 1e-4] [--batch-ms 30] [--batches 5] [--rows FILE] [--all]
// Writes one row per line to standard output as JSON, and then the table of the fastest to standard error.
// --rows FILE measures exactly the rows of an earlier run again, in turns with another program; --all prints all rows.
#include "candidate.hpp"
#include "market.hpp"
#include "references.hpp"
#include "timing.hpp"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <limits>
#include <set>

namespace {

struct Options {
    std::string references, rows;
    std::set<std::string> problems;
    double target = 1e-4, batchSeconds = 0.03, mostSeconds = 3;
    int batches = 5;
    bool all = false;
};

struct Row {
    const Candidate* candidate;
    std::size_t points;
    double error, seconds;
};

Options parse(int argc, char** argv) {
    Options o;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (name == "--all") {
            o.all = true;
            continue;
        }
        if (i + 1 >= argc) throw std::runtime_error(name + " requires a value");
        const std::string value = argv[++i];
        if (name == "--references")
            o.references = value;
        else if (name == "--rows")
            o.rows = value;
        else if (name == "--target")
            o.target = std::stod(value);
        else if (name == "--batch-ms")
            o.batchSeconds = std::stod(value) / 1000;
        else if (name == "--batches")
            o.batches = std::stoi(value);
        else if (name == "--problems") {
            std::stringstream list(value);
            for (std::string id; std::getline(list, id, ',');) o.problems.insert(id);
        } else
            throw std::runtime_error("unknown option " + name);
    }
    return o;
}

double worst(const std::vector<double>& values, const std::vector<double>& reference) {
    double error = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
        const double e = std::fabs(values[i] / reference[i] - 1);
        if (!(e <= error)) error = e;  // keeps a value that is not a number
    }
    return error;
}

std::string key(const std::string& problem, const std::string& form, const std::string& engine,
                const std::string& work) {
    return problem + "|" + form + "|" + engine + "|" + work;
}

std::string field(const std::string& line, const std::string& name) {
    const std::string open = "\"" + name + "\":\"";
    const auto from = line.find(open);
    if (from == std::string::npos) return "";
    const auto start = from + open.size();
    return line.substr(start, line.find('"', start) - start);
}

void print(const Row& r, bool best) {
    const Candidate& c = *r.candidate;
    char error[32], time[64];
    if (std::isfinite(r.error))
        std::snprintf(error, sizeof error, "%.3e", r.error);
    else
        std::snprintf(error, sizeof error, "null");
    if (r.seconds > 0)
        std::snprintf(time, sizeof time, "%.5g,\"usPerPoint\":%.5g", 1e6 * r.seconds, 1e6 * r.seconds / r.points);
    else
        std::snprintf(time, sizeof time, "null,\"usPerPoint\":null");
    std::cout << "{\"problem\":\"" << c.problem << "\",\"form\":\"" << c.form << "\",\"engine\":\"" << c.engine
              << "\",\"work\":\"" << c.work << "\",\"points\":" << r.points << ",\"error\":" << error
              << ",\"usPerProblem\":" << time << ",\"best\":" << (best ? "true" : "false") << "}" << std::endl;
}

}  // namespace

int main(int argc, char** argv) try {
    const Options o = parse(argc, argv);
    QuantLib::Settings::instance().evaluationDate() = market::today();
    const auto references = readReferences(o.references);
    Candidates all;
    addBlackScholes(all);
    addAmerican(all);
    addDividend(all);
    addLocalVolatility(all);
    addHeston(all);
    addMerton(all);
    addSpread(all);

    std::set<std::string> wanted;
    if (!o.rows.empty()) {
        std::ifstream rows(o.rows);
        for (std::string line; std::getline(rows, line);)
            wanted.insert(key(field(line, "problem"), field(line, "form"), field(line, "engine"), field(line, "work")));
    }

    std::map<std::string, std::vector<Row>> groups;  // by problem and form, in the order of the names
    for (const Candidate& c : all) {
        if (!o.problems.empty() && !o.problems.count(c.problem)) continue;
        if (!wanted.empty() && !wanted.count(key(c.problem, c.form, c.engine, c.work))) continue;
        const auto& reference = references.at(c.problem);
        std::vector<double> values(reference.size(), std::numeric_limits<double>::quiet_NaN());
        Row row{&c, reference.size(), std::numeric_limits<double>::quiet_NaN(), 0};
        try {
            auto price = c.build();
            const double first = timing::once([&] { price(values); });
            row.error = worst(values, reference);
            if (row.error <= o.target && first < o.mostSeconds)
                row.seconds = timing::median([&] { price(values); }, 1, 0.3 * o.batchSeconds);
        } catch (const std::exception& e) {
            std::cerr << c.problem << ", " << c.engine << " " << c.work << ": " << e.what() << "\n";
        }
        groups[c.problem + "|" + c.form].push_back(row);
    }

    std::fprintf(stderr, "%-12s %-10s %10s %12s %12s  %s\n", "problem", "form", "error", "us/problem", "us/point",
                 "engine");
    for (auto& [name, rows] : groups) {
        std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
            return (a.seconds > 0 ? a.seconds : 1e9) < (b.seconds > 0 ? b.seconds : 1e9);
        });
        // The first pass measures one short batch; the three fastest are then measured in full.
        const std::size_t again = wanted.empty() ? std::min<std::size_t>(3, rows.size()) : rows.size();
        for (std::size_t i = 0; i < again; ++i) {
            if (rows[i].seconds <= 0) continue;
            std::vector<double> values(rows[i].points);
            auto price = rows[i].candidate->build();
            rows[i].seconds = timing::median([&] { price(values); }, o.batches, o.batchSeconds);
        }
        std::stable_sort(rows.begin(), rows.begin() + again, [](const Row& a, const Row& b) {
            return (a.seconds > 0 ? a.seconds : 1e9) < (b.seconds > 0 ? b.seconds : 1e9);
        });
        const Row& best = rows.front();
        const bool met = best.seconds > 0;
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (o.all || !wanted.empty() || (i == 0 && met)) print(rows[i], i == 0 && met);
        const std::string problem = best.candidate->problem, form = best.candidate->form;
        if (met) {
            std::fprintf(stderr, "%-12s %-10s %10.1e %12.3f %12.3f  %s %s\n", problem.c_str(), form.c_str(), best.error,
                         1e6 * best.seconds, 1e6 * best.seconds / best.points, best.candidate->engine.c_str(),
                         best.candidate->work.c_str());
        } else {
            double least = std::numeric_limits<double>::infinity();
            for (const Row& r : rows)
                if (r.error < least) least = r.error;
            std::fprintf(stderr, "%-12s %-10s %10.1e %12s %12s  target not reached in this scan\n", problem.c_str(),
                         form.c_str(), least, "-", "-");
        }
    }
    return 0;
} catch (const std::exception& e) {
    std::cerr << e.what() << "\n";
    return 1;
}
