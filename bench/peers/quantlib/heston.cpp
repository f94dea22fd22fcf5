// Problem 4.
#include "candidate.hpp"
#include "market.hpp"

#include <ql/models/equity/hestonmodel.hpp>
#include <ql/pricingengines/vanilla/analytichestonengine.hpp>
#include <ql/pricingengines/vanilla/coshestonengine.hpp>
#include <ql/pricingengines/vanilla/exponentialfittinghestonengine.hpp>
#include <ql/pricingengines/vanilla/fdhestonvanillaengine.hpp>

#include <cmath>

using namespace QuantLib;

namespace {

constexpr double K = 100, T = 1, r = 0.03, kappa = 2, theta = 0.0225, sigma = 0.25, rho = -0.5, v0 = 0.0225;

struct Market {
    ext::shared_ptr<SimpleQuote> spot = ext::make_shared<SimpleQuote>(100.0);
    ext::shared_ptr<HestonModel> model;

    Market() {
        model = ext::make_shared<HestonModel>(ext::make_shared<HestonProcess>(
            Handle<YieldTermStructure>(market::rate(r)), Handle<YieldTermStructure>(market::rate(0)),
            Handle<Quote>(spot), v0, kappa, theta, sigma, rho));
    }
};

using Make = std::function<ext::shared_ptr<PricingEngine>(const ext::shared_ptr<HestonModel>&)>;

void addEngine(Candidates& all, const std::string& engine, const std::string& work, const Make& make) {
    all.push_back({"4", "instrument", engine, work, [=]() -> std::function<void(std::vector<double>&)> {
                       auto m = std::make_shared<Market>();
                       auto option =
                           std::make_shared<VanillaOption>(ext::make_shared<PlainVanillaPayoff>(Option::Call, K),
                                                           ext::make_shared<EuropeanExercise>(market::after(T)));
                       option->setPricingEngine(make(m->model));
                       return [=](std::vector<double>& values) {
                           for (Size i = 0; i < 3; ++i) {
                               m->spot->setValue(market::spots()[i]);
                               values[i] = option->NPV();
                           }
                       };
                   }});
}

using Formula = AnalyticHestonEngine::ComplexLogFormula;
using Integration = AnalyticHestonEngine::Integration;

void addAnalytic(Candidates& all, const std::string& name, Formula formula, const std::string& work,
                 const std::function<Integration()>& integration) {
    addEngine(all, "AnalyticHestonEngine " + name, work, [=](const ext::shared_ptr<HestonModel>& m) {
        return ext::make_shared<AnalyticHestonEngine>(m, formula, integration());
    });
    all.push_back({"4", "bare", "AnalyticHestonEngine::doCalculation " + name, work,
                   [=]() -> std::function<void(std::vector<double>&)> {
                       auto m = std::make_shared<Market>();
                       auto rule = std::make_shared<Integration>(integration());
                       auto engine = std::make_shared<AnalyticHestonEngine>(m->model, formula, *rule);
                       auto payoff = std::make_shared<PlainVanillaPayoff>(Option::Call, K);
                       return [=](std::vector<double>& values) {
                           const double discount = std::exp(-r * T);
                           Size evaluations = 0;
                           for (Size i = 0; i < 3; ++i)
                               AnalyticHestonEngine::doCalculation(discount, 1, market::spots()[i], K, T, kappa, theta,
                                                                   sigma, v0, rho, *payoff, *rule, formula,
                                                                   engine.get(), values[i], evaluations);
                       };
                   }});
}

}  // namespace

void addHeston(Candidates& all) {
    const std::vector<std::pair<std::string, Formula>> formulas = {
        {"Gatheral", AnalyticHestonEngine::Gatheral},
        {"AndersenPiterbarg", AnalyticHestonEngine::AndersenPiterbarg},
        {"AndersenPiterbargOptCV", AnalyticHestonEngine::AndersenPiterbargOptCV},
        {"AsymptoticChF", AnalyticHestonEngine::AsymptoticChF}};
    for (const auto& [name, formula] : formulas)
        for (Size n : {4, 5, 6, 7, 8, 10, 12, 16, 24, 32}) {
            addAnalytic(all, name, formula, "Laguerre " + std::to_string(n),
                        [n] { return Integration::gaussLaguerre(n); });
            addAnalytic(all, name, formula, "Legendre " + std::to_string(n),
                        [n] { return Integration::gaussLegendre(n); });
        }
    for (double L : {6.0, 8.0, 10.0})
        for (Size n : {16, 20, 24, 32, 40, 50})
            addEngine(
                all, "COSHestonEngine", "L=" + std::to_string(static_cast<int>(L)) + " N=" + std::to_string(n),
                [=](const ext::shared_ptr<HestonModel>& m) { return ext::make_shared<COSHestonEngine>(m, L, n); });
    addEngine(all, "ExponentialFittingHestonEngine", "-", [](const ext::shared_ptr<HestonModel>& m) {
        return ext::make_shared<ExponentialFittingHestonEngine>(m);
    });
    for (auto [x, v, t] : std::vector<std::tuple<Size, Size, Size>>{{100, 25, 20}, {200, 50, 20}, {300, 50, 20}})
        addEngine(all, "FdHestonVanillaEngine", std::to_string(x) + "x" + std::to_string(v) + "x" + std::to_string(t),
                  [x = x, v = v, t = t](const ext::shared_ptr<HestonModel>& m) {
                      return ext::make_shared<FdHestonVanillaEngine>(m, t, x, v, 0);
                  });
}
