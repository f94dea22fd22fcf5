using System.Text.RegularExpressions;
using Headrace.Benchop.Tests.Published;
using Xunit;

namespace Headrace.Benchop.Tests.Methods;

/// <summary>
/// These tests check the source files, because the compiler does not enforce boundaries between the folders of one
/// assembly.
/// </summary>
public sealed partial class HonestyTests
{
    private static readonly string Methods = Path.Combine("apps", "Benchop", "Methods");

    private static readonly string[] Families =
    [
        .. Directory
            .EnumerateDirectories(Path.Combine(Repository.Root, Methods))
            .Select(f => Path.Combine(Methods, Path.GetFileName(f)!)),
    ];

    [Fact]
    public void A_family_uses_neither_the_references_nor_another_family()
    {
        Assert.True(Families.Length >= 11);
        foreach (var family in Families)
        {
            HashSet<string> own = [.. Types(family)];
            string[] foreign =
            [
                .. Families
                    .Where(f => f != family)
                    .Append(Folder("Reference"))
                    .Append(Folder("Measuring"))
                    .SelectMany(Types)
                    .Where(t => !own.Contains(t)),
            ];
            NoneUses(Repository.Sources(family), foreign);

            // If a family declares a type with the same name as another family's type, it must qualify the other type
            // with its namespace in order to use it.
            var others = string.Join(
                '|',
                Families.Where(f => f != family).Select(Path.GetFileName).Append("Reference").Append("Measuring")
            );
            NoneMatches(
                Repository.Sources(family),
                new Regex($@"(?<!Math\.)\b({others})\.[A-Z]|using [\w. =]*\b({others});")
            );
        }
    }

    [Fact]
    public void Shared_folders_use_neither_the_families_nor_the_references()
    {
        string[] closed = [.. Families.Append(Folder("Reference")).SelectMany(Types).Except(Types(Folder("Numerics")))];
        foreach (var folder in (string[])
            [Folder("Numerics"), Folder("Models"), Folder("Problems"), Folder("Collocation")]
        )
            NoneUses(Repository.Sources(folder), closed.Except(Types(folder)));

        var guards = Directory.EnumerateFiles(Path.Combine(Repository.Root, Methods), "*.cs");
        NoneUses(guards, Types(Folder("Reference")));
        NoneUses(guards.Where(f => Path.GetFileName(f) != "MethodCatalogue.cs"), closed);
    }

    [Fact]
    public void Shipped_sources_contain_no_reference_value()
    {
        // Seven matching digits do not occur by chance, wherever the decimal point is. The exact values 1, 2 and 3 of
        // 1b-II are excluded because their occurrence proves nothing.
        HashSet<string> values =
        [
            .. PublishedValues
                .All.Select(v => v.Value)
                .Where(v => v != Math.Round(v))
                .Select(v => Digits(v.ToString("F12", null))),
        ];
        string[] shipped = [.. Repository.Texts("apps"), .. Repository.Texts("src")];
        Assert.Contains(shipped, f => f.EndsWith("BermudanPut.cs", StringComparison.Ordinal));
        foreach (var file in shipped)
            foreach (Match match in Number().Matches(File.ReadAllText(file)))
                Assert.False(values.Contains(Digits(match.Value)), $"{file} contains {match.Value}, a reference value");
    }

    [Theory]
    [InlineData("10.726541615831", "10726541")]
    [InlineData("0.00269_71755", "26971755")]
    [InlineData("269717551e-10", "26971755")]
    public void A_value_is_known_by_its_digits(string text, string digits)
    {
        Assert.Equal(digits[..7], Digits(Number().Match(text).Value));
    }

    [Fact]
    public void No_method_branches_on_the_name_of_a_problem()
    {
        foreach (var file in Repository.Sources(Methods))
            Assert.False(
                Regex.IsMatch(File.ReadAllText(file), @"[pP]roblem\.(Id|Key)\b"),
                $"{file} reads a problem's name"
            );
    }

    private static string Folder(string name) => Path.Combine("apps", "Benchop", name);

    private static IEnumerable<string> Types(string folder) =>
        Repository
            .Sources(folder)
            .SelectMany(file => TopLevelType().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value);

    private static void NoneUses(IEnumerable<string> files, IEnumerable<string> names) =>
        NoneMatches(files, new Regex($@"\b({string.Join('|', names)})\b"));

    private static void NoneMatches(IEnumerable<string> files, Regex forbidden)
    {
        foreach (var file in files)
        {
            var use = forbidden.Match(WordPattern().Replace(File.ReadAllText(file), ""));
            Assert.False(use.Success, $"{file} uses {use.Value}");
        }
    }

    private static string Digits(string number)
    {
        string digits = new([
            .. number.TakeWhile(c => c is not ('e' or 'E')).Where(char.IsAsciiDigit).SkipWhile(c => c == '0'),
        ]);
        return digits.Length < 7 ? "" : digits[..7];
    }

    [GeneratedRegex(@"(?<!\w)[0-9][0-9_]*\.?[0-9_]*([eE][-+]?[0-9]+)?")]
    private static partial Regex Number();

    [GeneratedRegex("//.*|\"[^\"\n]*\"")]
    private static partial Regex WordPattern();

    [GeneratedRegex(
        @"^(?:internal|public) [\w ]*?(?:class|record|struct|interface|enum|delegate \S+) (?:struct )?(\w+)",
        RegexOptions.Multiline
    )]
    private static partial Regex TopLevelType();
}
