// One way to price a problem. A single call prices all its points, which is the unit of the table.
#pragma once

#include <functional>
#include <string>
#include <vector>

struct Candidate {
    std::string problem;
    std::string form;  // "instrument": as in a user's program; "bare": formulas and integrals only
    std::string engine;
    std::string work;
    // Builds the objects that a user builds once, and returns the call that is timed. The spots change from call to
    // call, so that no result is cached.
    std::function<std::function<void(std::vector<double>&)>()> build;
};

using Candidates = std::vector<Candidate>;

void addBlackScholes(Candidates& all);
void addAmerican(Candidates& all);
void addDividend(Candidates& all);
void addLocalVolatility(Candidates& all);
void addHeston(Candidates& all);
void addMerton(Candidates& all);
void addSpread(Candidates& all);
