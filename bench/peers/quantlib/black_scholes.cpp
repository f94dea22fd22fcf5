// Problems 1a (price, Delta, Gamma, Vega) and 1c.
#include "candidate.hpp"
#include "market.hpp"

#include <ql/instruments/barrieroption.hpp>
#include <ql/pricingengines/barrier/analyticbarrierengine.hpp>
#include <ql/pricingengines/barrier/fdblackscholesbarrierengine.hpp>
#include <ql/pricingengines/blackcalculator.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <ql/pricingengines/vanilla/analyticeuropeanengine.hpp>
#include <ql/pricingengines/vanilla/fdblackscholesvanillaengine.hpp>

#include <cmath>

using namespace QuantLib;

namespace {

using Read = double (*)(const VanillaOption&);

Candidate europeanInstrument(const market::Set& s, const std::string& problem, Read read, const std::string& engine,
                             const std::string& work,
                             std::function<ext::shared_ptr<PricingEngine>(const market::BlackScholes&)> make) {
    return {problem + "-" + s.name, "instrument", engine, work, [=]() -> std::function<void(std::vector<double>&)> {
                auto m = std::make_shared<market::BlackScholes>(s.r, s.sigma);
                auto option = std::make_shared<VanillaOption>(ext::make_shared<PlainVanillaPayoff>(Option::Call, 100.0),
                                                              ext::make_shared<EuropeanExercise>(market::after(s.T)));
                option->setPricingEngine(make(*m));
                return [=](std::vector<double>& values) {
                    for (Size i = 0; i < s.spots.size(); ++i) {
                        m->spot->setValue(s.spots[i]);
                        values[i] = read(*option);
                    }
                };
            }};
}

using Bare = double (*)(const ext::shared_ptr<StrikedTypePayoff>&, double spot, double growth, double deviation,
                        double discount, double T);

Candidate europeanBare(const market::Set& s, const std::string& problem, const std::string& engine, Bare formula) {
    return {problem + "-" + s.name, "bare", engine, "-", [=]() -> std::function<void(std::vector<double>&)> {
                ext::shared_ptr<StrikedTypePayoff> payoff = ext::make_shared<PlainVanillaPayoff>(Option::Call, 100.0);
                return [=](std::vector<double>& values) {
                    const double discount = std::exp(-s.r * s.T);
                    const double deviation = s.sigma * std::sqrt(s.T);
                    for (Size i = 0; i < s.spots.size(); ++i)
                        values[i] = formula(payoff, s.spots[i], 1 / discount, deviation, discount, s.T);
                };
            }};
}

// Reflection principle: the call that pays only below the barrier minus its mirror image, by Black's formula.
double upAndOut(double S, double K, double B, double r, double sigma, double T) {
    const double deviation = sigma * std::sqrt(T), discount = std::exp(-r * T), growth = 1 / discount;
    const CumulativeNormalDistribution N;
    const auto below = [&](double spot) {
        const double F = spot * growth;
        const double d2 = std::log(F / B) / deviation - 0.5 * deviation;
        return blackFormula(Option::Call, K, F, deviation, discount) -
               blackFormula(Option::Call, B, F, deviation, discount) - (B - K) * discount * N(d2);
    };
    return below(S) - std::pow(B / S, 2 * r / (sigma * sigma) - 1) * below(B * B / S);
}

void addBarrier(Candidates& all, const market::Set& s) {
    const auto instrument = [&](const std::string& engine, const std::string& work,
                                std::function<ext::shared_ptr<PricingEngine>(const market::BlackScholes&)> make) {
        all.push_back({std::string("1c-") + s.name, "instrument", engine, work,
                       [=]() -> std::function<void(std::vector<double>&)> {
                           auto m = std::make_shared<market::BlackScholes>(s.r, s.sigma);
                           auto option = std::make_shared<BarrierOption>(
                               Barrier::UpOut, 125.0, 0.0, ext::make_shared<PlainVanillaPayoff>(Option::Call, 100.0),
                               ext::make_shared<EuropeanExercise>(market::after(s.T)));
                           option->setPricingEngine(make(*m));
                           return [=](std::vector<double>& values) {
                               for (Size i = 0; i < s.spots.size(); ++i) {
                                   m->spot->setValue(s.spots[i]);
                                   values[i] = option->NPV();
                               }
                           };
                       }});
    };
    instrument("AnalyticBarrierEngine", "-",
               [](const market::BlackScholes& m) { return ext::make_shared<AnalyticBarrierEngine>(m.process); });
    for (Size x : {400, 1600})
        instrument("FdBlackScholesBarrierEngine", std::to_string(x) + "x" + std::to_string(x / 8),
                   [x](const market::BlackScholes& m) {
                       return ext::make_shared<FdBlackScholesBarrierEngine>(m.process, x / 8, x, 2);
                   });
    all.push_back({std::string("1c-") + s.name, "bare", "blackFormula, reflected", "-",
                   [=]() -> std::function<void(std::vector<double>&)> {
                       return [=](std::vector<double>& values) {
                           for (Size i = 0; i < s.spots.size(); ++i)
                               values[i] = upAndOut(s.spots[i], 100, 125, s.r, s.sigma, s.T);
                       };
                   }});
}

}  // namespace

void addBlackScholes(Candidates& all) {
    const auto analytic = [](const market::BlackScholes& m) -> ext::shared_ptr<PricingEngine> {
        return ext::make_shared<AnalyticEuropeanEngine>(m.process);
    };
    for (const auto& s : market::sets()) {
        all.push_back(europeanInstrument(
            s, "1a", [](const VanillaOption& o) { return o.NPV(); }, "AnalyticEuropeanEngine", "-", analytic));
        all.push_back(europeanInstrument(
            s, "1a-delta", [](const VanillaOption& o) { return o.delta(); }, "AnalyticEuropeanEngine", "-", analytic));
        all.push_back(europeanInstrument(
            s, "1a-gamma", [](const VanillaOption& o) { return o.gamma(); }, "AnalyticEuropeanEngine", "-", analytic));
        all.push_back(europeanInstrument(
            s, "1a-vega", [](const VanillaOption& o) { return o.vega(); }, "AnalyticEuropeanEngine", "-", analytic));
        for (auto [x, t] : std::vector<std::pair<Size, Size>>{
                 {100, 10}, {100, 20}, {150, 15}, {200, 20}, {200, 40}, {400, 40}, {1600, 80}})
            all.push_back(europeanInstrument(
                s, "1a", [](const VanillaOption& o) { return o.NPV(); }, "FdBlackScholesVanillaEngine (Crank-Nicolson)",
                std::to_string(x) + "x" + std::to_string(t),
                [x = x, t = t](const market::BlackScholes& m) -> ext::shared_ptr<PricingEngine> {
                    return ext::make_shared<FdBlackScholesVanillaEngine>(m.process, t, x, 1,
                                                                         FdmSchemeDesc::CrankNicolson());
                }));
        all.push_back(
            europeanBare(s, "1a", "blackFormula",
                         [](const ext::shared_ptr<StrikedTypePayoff>&, double S, double growth, double dev, double df,
                            double) { return blackFormula(Option::Call, 100.0, S * growth, dev, df); }));
        all.push_back(europeanBare(s, "1a", "BlackCalculator",
                                   [](const ext::shared_ptr<StrikedTypePayoff>& p, double S, double growth, double dev,
                                      double df, double) { return BlackCalculator(p, S * growth, dev, df).value(); }));
        all.push_back(europeanBare(s, "1a-delta", "BlackCalculator",
                                   [](const ext::shared_ptr<StrikedTypePayoff>& p, double S, double growth, double dev,
                                      double df, double) { return BlackCalculator(p, S * growth, dev, df).delta(S); }));
        all.push_back(europeanBare(s, "1a-gamma", "BlackCalculator",
                                   [](const ext::shared_ptr<StrikedTypePayoff>& p, double S, double growth, double dev,
                                      double df, double) { return BlackCalculator(p, S * growth, dev, df).gamma(S); }));
        all.push_back(
            europeanBare(s, "1a-vega", "BlackCalculator",
                         [](const ext::shared_ptr<StrikedTypePayoff>& p, double S, double growth, double dev, double df,
                            double T) { return BlackCalculator(p, S * growth, dev, df).vega(T); }));
        all.push_back(europeanBare(
            s, "1a-vega", "blackFormulaStdDevDerivative",
            [](const ext::shared_ptr<StrikedTypePayoff>&, double S, double growth, double dev, double df, double T) {
                return std::sqrt(T) * blackFormulaStdDevDerivative(100.0, S * growth, dev, df);
            }));
        addBarrier(all, s);
    }
}
