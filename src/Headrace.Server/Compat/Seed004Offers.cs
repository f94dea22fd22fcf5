using Headrace.Server.Shards;

namespace Headrace.Server.Compat;

/// <summary>The pricing methods that workers have offered.</summary>
/// <param name="Included">The names of the included methods, <c>benchop.NAME</c>.</param>
/// <param name="Functions">
/// The functions in installed Octave files, <c>benchop.NAME.FUNCTION</c>. Each function prices a single problem.
/// Functions with the same <c>NAME</c> form one method.
/// </param>
internal sealed record Seed004Offers(
    IReadOnlyList<string> Included,
    IReadOnlyList<(string Method, string Function)> Functions
)
{
    private const string Prefix = "benchop.";

    /// <summary>The names that replies use for all methods.</summary>
    public IEnumerable<string> Names => Included.Concat(Functions.Select(one => NameOf(one.Method)).Distinct());

    public static string Registered(string method) => Prefix + method;

    public static string Registered(string method, string function) => $"{Prefix}{method}.{function}";

    /// <summary>
    /// Returns the name of an Octave method in replies. If an included method has the same name, the extension
    /// <c>.m</c> is added.
    /// </summary>
    public string NameOf(string method) => Included.Contains(method) ? $"{method}.m" : method;

    public static async Task<Seed004Offers> ReadAsync(IShardRouter shards, CancellationToken cancellationToken)
    {
        var (included, functions) = (new List<string>(), new List<(string, string)>());
        await foreach (var method in shards.ListMethodsAsync(null, cancellationToken))
        {
            var name = method.Name.Text;
            if (!name.StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            switch (name[Prefix.Length..].Split('.'))
            {
                case [var single] when !included.Contains(single):
                    included.Add(single);
                    break;
                case [var owner, var function] when !functions.Contains((owner, function)):
                    functions.Add((owner, function));
                    break;
            }
        }
        return new Seed004Offers(included, functions);
    }
}
