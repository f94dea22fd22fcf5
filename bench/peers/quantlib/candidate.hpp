// A way to price one problem: all its points by one call, as the table counts them.
#pragma once

#include <functional>
#include <string>
#include <vector>

struct Candidate {
    std::string problem;
    std::string form;    // "instrument": as a user has it; "bare": formulas and integrals without the object graph
    std::string engine;
    std::string work;
    // Builds whatever a user builds once, and returns the call that is timed. Spots change from call to call, so nothing is cached.
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
