using Headrace.Apps.Benchop.Methods.AdaptiveGrid;
using Headrace.Apps.Benchop.Methods.Adi;
using Headrace.Apps.Benchop.Methods.Binomial;
using Headrace.Apps.Benchop.Methods.CarrMadan;
using Headrace.Apps.Benchop.Methods.ClosedForm;
using Headrace.Apps.Benchop.Methods.Cos;
using Headrace.Apps.Benchop.Methods.IntegralEquation;
using Headrace.Apps.Benchop.Methods.Laguerre;
using Headrace.Apps.Benchop.Methods.LongstaffSchwartz;
using Headrace.Apps.Benchop.Methods.MonteCarlo;
using Headrace.Apps.Benchop.Methods.Multilevel;
using Headrace.Apps.Benchop.Methods.NonUniformGrid;
using Headrace.Apps.Benchop.Methods.Quadrature;
using Headrace.Apps.Benchop.Methods.QuasiMonteCarlo;
using Headrace.Apps.Benchop.Methods.RbfAdaptive;
using Headrace.Apps.Benchop.Methods.RbfFd;
using Headrace.Apps.Benchop.Methods.RbfGlobal;
using Headrace.Apps.Benchop.Methods.RbfMultilevel;
using Headrace.Apps.Benchop.Methods.RbfPum;
using Headrace.Apps.Benchop.Methods.Series;
using Headrace.Apps.Benchop.Methods.UniformGrid;

namespace Headrace.Apps.Benchop.Methods;

/// <summary>
/// All methods, in the order in which tables list them. This is the only place where a new family is registered.
/// </summary>
internal static class MethodCatalogue
{
    public static IReadOnlyList<IPricingMethod> All { get; } =
    [
        new ClosedFormMethod(),
        new MertonSeriesMethod(),
        new QuadratureMethod(),
        new CosMethod(),
        new CarrMadanMethod(),
        new LaguerreMethod(),
        new UniformGridMethod(),
        new NonUniformGridMethod(),
        new AdaptiveGridMethod(),
        new AdiMethod(),
        new RbfGlobalMethod(),
        new RbfFdMethod(),
        new RbfPumMethod(),
        new RbfMultilevelMethod(),
        new RbfAdaptiveMethod(),
        new AndersenLakeMethod(),
        new BinomialMethod(),
        new MonteCarloMethod(),
        new QuasiMonteCarloMethod(),
        new MultilevelMethod(),
        new AdaptiveMultilevelMethod(),
        new LongstaffSchwartzMethod(),
    ];

    public static IPricingMethod? Find(string name) =>
        All.FirstOrDefault(m =>
            string.Equals(m.Card.Name, name, StringComparison.OrdinalIgnoreCase)
            || string.Equals(m.Card.RegisteredName, name, StringComparison.OrdinalIgnoreCase)
        );

    /// <summary>The names of all methods, as listed in the error message for an unknown name.</summary>
    public static string Names => string.Join(", ", All.Select(m => m.Card.Name));
}
