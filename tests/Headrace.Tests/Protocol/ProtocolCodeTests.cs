using Headrace.ProtocolGenerator;
using Headrace.Tests.Architecture;
using Xunit;

namespace Headrace.Tests.Protocol;

public sealed class ProtocolCodeTests
{
    [Fact]
    public void The_committed_codec_matches_the_output_of_the_generator()
    {
        var generated = ProtocolCode.Generate();
        var committed = Repository.Files(ProtocolCode.Folder, "*.g.cs").ToDictionary(path => Path.GetFileName(path));

        var stale = generated
            .Where(file => !committed.TryGetValue(file.Key, out var path) || Repository.Read(path) != file.Value)
            .Select(file => file.Key)
            .Concat(committed.Keys.Except(generated.Keys))
            .Order();

        Assert.True(
            !stale.Any(),
            $"Generated files are out of date: {string.Join(", ", stale)}. "
                + "Run `dotnet run --project tools/Headrace.ProtocolGenerator`."
        );
    }
}
