using System.CommandLine;
using Headrace.Commands.Input;

namespace Headrace.Apps.Benchop.Commands;

/// <summary>Options that are shared by several commands.</summary>
internal static class BenchopOptions
{
    public static readonly Option<string?> Problem = new("--problem")
    {
        Description = "The problem to price, such as 1b or 1a-delta-II.",
        HelpName = "ID",
    };
    public static readonly Option<string?> Method = new("--method")
    {
        Description = "The pricing method, such as alo or cos.",
        HelpName = "NAME",
    };
    public static readonly Option<string?> Set = new("--set")
    {
        Description = "Problem settings, such as S=90:100:110,K=100,sigma=0.15. Other settings keep their defaults.",
        HelpName = "SETTINGS",
    };
    public static readonly Option<int?> Seed = Options.WholeNumber(
        "--seed",
        "The seed of a sampling method, such as mc or qmc. Other methods ignore it. [default: 1]"
    );
    public static readonly Option<double?> Target = Options.Number(
        "--target",
        "The target for the relative error. [default: 1e-4]"
    );
}
