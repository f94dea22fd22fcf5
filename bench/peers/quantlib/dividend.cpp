// Problems 2a and 2b. QuantLib has no instrument with one proportional dividend and an analytic engine, so both are
// bare.
#include "candidate.hpp"
#include "market.hpp"

#include <ql/math/distributions/normaldistribution.hpp>
#include <ql/math/integrals/gaussianquadratures.hpp>
#include <ql/math/solvers1d/brent.hpp>
#include <ql/pricingengines/blackformula.hpp>

#include <cmath>

using namespace QuantLib;

namespace {

constexpr double K = 100, r = 0.03, sigma = 0.15, T = 0.5, D = 0.03, before = 0.4;

double american(double S, const GaussLegendreIntegration& rule) {
    const double after = T - before, deviation = sigma * std::sqrt(before), last = sigma * std::sqrt(after);
    const double discountAfter = std::exp(-r * after);
    const auto held = [&](double s) {
        return blackFormula(Option::Call, K, (1 - D) * s / discountAfter, last, discountAfter);
    };
    const double critical = Brent().solve([&](double s) { return s - K - held(s); }, 1e-10, 101.0, 100.0, 200.0);
    const double drift = (r - 0.5 * sigma * sigma) * before;
    const double edge = (std::log(critical / S) - drift) / deviation;

    // Below the critical spot by quadrature over the normal variable, above it in closed form.
    const double low = std::min(edge, 0.0) - 6;
    const double half = 0.5 * (edge - low), middle = 0.5 * (edge + low);
    const double kept =
        half * rule([&](double x) {
            const double z = middle + half * x;
            return held(S * std::exp(drift + deviation * z)) * std::exp(-0.5 * z * z) * 0.3989422804014327;
        });
    const CumulativeNormalDistribution N;
    const double discount = std::exp(-r * before);
    return discount * kept + S * N(deviation - edge) - K * discount * N(-edge);
}

}  // namespace

void addDividend(Candidates& all) {
    all.push_back({"2a", "bare", "blackFormula at (1-D)S", "-", []() -> std::function<void(std::vector<double>&)> {
                       return [](std::vector<double>& values) {
                           const double discount = std::exp(-r * T), deviation = sigma * std::sqrt(T);
                           for (Size i = 0; i < 3; ++i)
                               values[i] = blackFormula(Option::Call, K, (1 - D) * market::spots()[i] / discount,
                                                        deviation, discount);
                       };
                   }});
    for (Size n : {4, 6, 8, 12, 16, 24, 32})
        all.push_back({"2b", "bare", "GaussLegendreIntegration below the critical spot", std::to_string(n),
                       [n]() -> std::function<void(std::vector<double>&)> {
                           auto rule = std::make_shared<GaussLegendreIntegration>(n);
                           return [=](std::vector<double>& values) {
                               for (Size i = 0; i < 3; ++i) values[i] = american(market::spots()[i], *rule);
                           };
                       }});
}
