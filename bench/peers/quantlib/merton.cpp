// Problem 5.
#include "candidate.hpp"
#include "market.hpp"

#include <ql/pricingengines/blackformula.hpp>
#include <ql/pricingengines/vanilla/jumpdiffusionengine.hpp>
#include <ql/processes/merton76process.hpp>

#include <cmath>

using namespace QuantLib;

namespace {

constexpr double K = 100, T = 1, r = 0.03, sigma = 0.15, lambda = 0.4, gamma_ = -0.5, delta = 0.4;

}  // namespace

void addMerton(Candidates& all) {
    for (double accuracy : {1e-1, 1e-2, 1e-3, 1e-4, 1e-6, 1e-10}) {
        char work[32];
        std::snprintf(work, sizeof work, "accuracy %.0e", accuracy);
        all.push_back(
            {"5", "instrument", "JumpDiffusionEngine", work, [=]() -> std::function<void(std::vector<double>&)> {
                 auto spot = ext::make_shared<SimpleQuote>(100.0);
                 const auto quote = [](double x) { return Handle<Quote>(ext::make_shared<SimpleQuote>(x)); };
                 auto process =
                     ext::make_shared<Merton76Process>(Handle<Quote>(spot), Handle<YieldTermStructure>(market::rate(0)),
                                                       Handle<YieldTermStructure>(market::rate(r)),
                                                       Handle<BlackVolTermStructure>(market::volatility(sigma)),
                                                       quote(lambda), quote(gamma_), quote(delta));
                 auto option = std::make_shared<VanillaOption>(ext::make_shared<PlainVanillaPayoff>(Option::Call, K),
                                                               ext::make_shared<EuropeanExercise>(market::after(T)));
                 option->setPricingEngine(ext::make_shared<JumpDiffusionEngine>(process, accuracy));
                 return [=](std::vector<double>& values) {
                     for (Size i = 0; i < 3; ++i) {
                         spot->setValue(market::spots()[i]);
                         values[i] = option->NPV();
                     }
                 };
             }});
    }
    for (int terms : {4, 5, 6, 7, 8, 12})
        all.push_back({"5", "bare", "Poisson sum of blackFormula", std::to_string(terms),
                       [terms]() -> std::function<void(std::vector<double>&)> {
                           return [terms](std::vector<double>& values) {
                               const double xi = std::exp(gamma_ + 0.5 * delta * delta) - 1,
                                            discount = std::exp(-r * T);
                               values.assign(3, 0.0);
                               double weight = std::exp(-lambda * T);
                               for (int n = 0; n < terms; ++n) {
                                   const double shift =
                                       std::exp((r - lambda * xi) * T + n * (gamma_ + 0.5 * delta * delta));
                                   const double deviation = std::sqrt(sigma * sigma * T + n * delta * delta);
                                   for (Size i = 0; i < 3; ++i)
                                       values[i] += weight * blackFormula(Option::Call, K, market::spots()[i] * shift,
                                                                          deviation, discount);
                                   weight *= lambda * T / (n + 1);
                               }
                           };
                       }});
}
