using System.Text.Json;
using Headrace.Core.Jobs;
using Headrace.Server.Schemas;
using Headrace.Tests.Architecture;
using Headrace.Tests.Support;
using Headrace.Worker.Manifests;
using Xunit;

namespace Headrace.Tests.Worker.Manifests;

public sealed class ManifestReaderTests
{
    private const string Full = """
        {
          // A comment.
          "name": "m", "version": 3, "description": "All members.",
          "argv": ["./run", "--x={params.x}", "{{literal}}", "{input}", "{output}", "{dir}", "{method}"],
          "input": "file:in.bin", "output": "file:out.json", "resultType": "application/json",
          "params": { "type": "object", "properties": { "x": { "type": "number", "default": 2.5 } } },
          "result": { "type": "object" },
          "environment": { "pass": ["CUDA_VISIBLE_DEVICES"], "set": { "OMP_NUM_THREADS": "1" } },
          "workingFolder": "data", "timeLimit": "1.5h", "stopSignal": "SIGINT", "stopGrace": "2s",
          "slots": 4, "memory": "2GB", "maxScratch": "10MB",
          "exitCodes": { "3": "fail", "65": "reject", "*": "fail" },
          "retry": {
            "max": 4, "delay": "1s", "factor": 1.5, "maxDelay": "1m", "jitter": 0.1, "never": ["TimeLimit"]
          },
          "onLost": "fail", "exclusive": true, "maxResult": "100KB",
        }
        """;

    [Fact]
    public void Every_member_of_a_manifest_is_read()
    {
        var manifest = Manifest.Valid(Full);

        Assert.Equal("m@3", manifest.Name.ToString());
        Assert.Equal("All members.", manifest.Description);
        Assert.Equal(
            ["./run", "--x=7", "{literal}", "<input>", "<output>", "<dir>", "<method>"],
            manifest.Arguments.Select(argument => argument.Fill(_ => "7", word => $"<{word}>"))
        );
        Assert.Equal(new Passage(PassageKind.File, "in.bin"), manifest.Input);
        Assert.Equal(new Passage(PassageKind.File, "out.json"), manifest.Output);
        Assert.Equal("application/json", manifest.ResultType);
        Assert.Equal("2.5", manifest.Defaults["x"]);
        Assert.Equal("""{"type":"object"}""", manifest.ResultSchema);
        Assert.Equal(["CUDA_VISIBLE_DEVICES"], manifest.PassedVariables);
        Assert.Equal([new("OMP_NUM_THREADS", "1")], manifest.SetVariables);
        Assert.Equal("/methods/data", manifest.WorkingFolder);
        Assert.Equal(TimeSpan.FromMinutes(90), manifest.TimeLimit);
        Assert.Equal((2, TimeSpan.FromSeconds(2)), (manifest.StopSignal, manifest.StopGrace));
        Assert.Equal((4, 2L << 30, 10L << 20), (manifest.Slots, manifest.MemoryLimit, manifest.ScratchLimit));
        Assert.Equal(
            [ExitMeaning.Succeed, ExitMeaning.Fail, ExitMeaning.Reject, ExitMeaning.Fail],
            new[] { 0, 3, 65, 66 }.Select(manifest.ExitCodes.MeaningOf)
        );
        Assert.Equal(
            new RetryOptions
            {
                Max = 4,
                Delay = TimeSpan.FromSeconds(1),
                Factor = 1.5,
                MaxDelay = TimeSpan.FromMinutes(1),
                Jitter = 0.1,
            },
            manifest.Retry
        );
        Assert.Equal(["TimeLimit"], manifest.PermanentErrors);
        Assert.True(manifest.FailWhenLost && manifest.Exclusive);
        Assert.Equal(100 << 10, manifest.MaxResult);
    }

    [Theory]
    [InlineData("4", 4, 4)]
    [InlineData("\"2..16\"", 2, 16)]
    [InlineData("\"8..8\"", 8, 8)]
    public void The_ranks_of_an_MPI_program_are_a_number_or_a_range(string ranks, int min, int max)
    {
        var mpi = Manifest
            .Valid($$"""{"name":"m","argv":["x"],"mpi":{"implementation":"mpich","ranks":{{ranks}} } }""")
            .Mpi!;

        Assert.Equal((min, max, MpiChoice.Mpich), (mpi.MinRanks, mpi.MaxRanks, mpi.Implementation));
    }

    [Theory]
    [InlineData(
        """{"ranks":"5..2"}""",
        "ranks is the range \"5..2\", which ends before it begins. Write \"2..5\"."
    )]
    [InlineData(
        """{"ranks":"2..1025"}""",
        "ranks is the range \"2..1025\", which must lie between 1 and 1024: each rank occupies a slot, and a worker "
            + "has at most 1024."
    )]
    [InlineData(
        """{"ranks":"0..4"}""",
        "ranks is the range \"0..4\", which must lie between 1 and 1024: each rank occupies a slot, and a worker has "
            + "at most 1024."
    )]
    [InlineData(
        """{"ranks":"two"}""",
        "ranks must be a whole number from 1 to 1024, or a range such as \"2..16\", not \"two\"."
    )]
    [InlineData("""{"ranks":0}""", "ranks must be a whole number from 1 to 1024, not 0.")]
    [InlineData("""{"ranks":-2}""", "ranks must be a whole number from 1 to 1024, not -2.")]
    [InlineData("""{"ranks":1025}""", "ranks must be a whole number from 1 to 1024, not 1025.")]
    [InlineData("""{"implementation":"mpich"}""", "The member 'ranks' of mpi is missing.")]
    [InlineData("""{"ranks":2,"rank":1}""", "'rank' is not a member of mpi. Did you mean 'ranks'?")]
    [InlineData(
        """{"ranks":2,"implementation":"openmp"}""",
        "implementation must be one of \"auto\", \"openmpi\", \"mpich\", \"srun\", not \"openmp\". Did you mean "
            + "\"openmpi\"?"
    )]
    public void A_fault_of_mpi_is_named(string mpi, string message) =>
        Assert.Equal(
            message,
            Assert.Single(Manifest.Read($$"""{"name":"m","argv":["x"],"mpi":{{mpi}} }""").Faults).Message
        );

    [Fact]
    public void Slots_have_no_effect_with_mpi() =>
        Assert.Equal(
            "'slots' has no effect with 'mpi': an attempt occupies one slot for each rank.",
            Assert.Single(Manifest.Read("""{"name":"m","argv":["x"],"slots":2,"mpi":{"ranks":2}}""").Faults).Message
        );

    [Fact]
    public void Every_member_of_a_warm_process_is_read()
    {
        var warm = Manifest
            .Valid(
                """
                {"name":"m","argv":["x"],"warm":{"batch":64,"batchWait":"5ms","recycleAfter":1000,"recycleAbove":"1GB",
                 "startLimit":"2m","idleLimit":"1h","preferredBatches":[32,8,32]}}
                """
            )
            .Warm!;

        Assert.Equal((64, TimeSpan.FromMilliseconds(5)), (warm.BatchSize, warm.BatchWait));
        Assert.Equal([8, 32], warm.PreferredBatches);
        Assert.Equal((1000, 1L << 30), (warm.RecycleAfter, warm.RecycleAbove));
        Assert.Equal((TimeSpan.FromMinutes(2), TimeSpan.FromHours(1)), (warm.StartLimit, warm.IdleLimit));
    }

    [Fact]
    public void Without_a_schema_the_params_are_those_that_the_arguments_use()
    {
        var manifest = Manifest.Valid("""{"name":"m","argv":["x","{params.a}-{params.b}"]}""");

        Assert.True(JsonSchema.TryRead(manifest.ParamsSchema, out var schema, out _));
        Assert.Empty(schema.Validate("""{"a":1,"b":"two"}"""u8.ToArray()));
        Assert.NotEmpty(schema.Validate("""{"a":1}"""u8.ToArray()));
        Assert.NotEmpty(schema.Validate("""{"a":1,"b":2,"c":3}"""u8.ToArray()));
    }

    [Theory]
    [InlineData(
        """{"name":"m","argv":["x"],"tiemLimit":"1s"}""",
        "1:26: 'tiemLimit' is not a member of a manifest. Did you mean 'timeLimit'?"
    )]
    [InlineData(
        "{\n  \"name\": \"m\",\n  \"argv\": [\"x\", \"{params.x\"]\n}",
        "3:18: The brace '{' has no matching brace. Write {{ for a literal brace."
    )]
    [InlineData(
        """{"name":"m","argv":["x","{inptu}"]}""",
        "1:26: {inptu} is not a placeholder. Did you mean {input}? Write {{ and }} for literal braces."
    )]
    [InlineData(
        """{"name":"m","argv":["x"],"stopSignal":"TREM"}""",
        "1:39: stopSignal must be one of \"HUP\", \"INT\", \"QUIT\", \"KILL\", \"TERM\", not \"TREM\". "
            + "Did you mean \"TERM\"?"
    )]
    [InlineData(
        """{"name":"m","argv":["x"],"exitCodes":{"3":"rejct"}}""",
        "1:43: The meaning of exit code 3 must be one of \"succeed\", \"retry\", \"fail\", \"reject\", not \"rejct\". "
            + "Did you mean \"reject\"?"
    )]
    [InlineData(
        """{"name":"m","argv":["x"],"exitCodes":{"300":"fail"}}""",
        "1:39: '300' is not an exit code. Use 0 to 255, or * for all other codes."
    )]
    [InlineData("""{"name":"m","argv":["x"],"name":"m"}""", "1:26: 'name' occurs twice.")]
    [InlineData(
        """{"name":"m","argv":[]}""",
        "1:20: argv must contain the program and at most 999 arguments; it has 0 elements."
    )]
    [InlineData(
        """{"name":"M","argv":["x"]}""",
        "1:9: name is \"M\". Use 1 to 64 characters from a-z, 0-9, '.', '_' and '-', starting with a letter or digit."
    )]
    [InlineData(
        """{"name":"other","argv":["x"]}""",
        "1:9: The file for the method other must be named other.method.json or other@1.method.json, not m.method.json."
    )]
    [InlineData("""{"argv":["x"]}""", "1:1: The member 'name' is missing.")]
    [InlineData("""{"name":"m"}""", "1:1: The member 'argv' is missing.")]
    [InlineData(
        """{"name":"m","argv":["{params.x}"]}""",
        "1:21: The program name may contain only the placeholder {method}, because a job must not select the program."
    )]
    [InlineData(
        """{"name":"m","argv":["x","{params.size}"],"params":{"type":"object","properties":{"sizes":{}}}}""",
        "1:25: The placeholder {params.size} does not match any property of params. Did you mean {params.sizes}?"
    )]
    [InlineData("""{"name":"m","argv":["x"],"params":{"type":"objekt"}}""", "1:35: The schema of params")]
    [InlineData(
        """{"name":"m","argv":["x"],"input":"file:../x"}""",
        "1:34: input must be \"stdin\", \"none\" or \"file:NAME\""
    )]
    [InlineData(
        """{"name":"m","argv":["x","{output}"]}""",
        "1:20: The placeholder {output} requires the member \"output\": \"file:NAME\""
    )]
    [InlineData(
        """{"name":"m","argv":["x"],"memory":"2 GB"}""",
        "1:35: memory must be a number of bytes, or a number followed by a unit (B, KB, MB, GB or TB)"
    )]
    [InlineData(
        """{"name":"m","argv":["x"],"maxResult":"2MB"}""",
        "1:38: maxResult must be a number of bytes, or a number followed by a unit (B, KB, MB, GB or TB), such as "
            + "\"512MB\", from 1 byte to 1 MB, not \"2MB\"."
    )]
    [InlineData("""{"name":"m","argv":["x"],"slots":0}""", "1:34: slots must be a whole number from 1 to 1024, not 0.")]
    [InlineData(
        """{"name":"m","argv":["x"],"environment":{"pass":["HEADRACE_KEY"]}}""",
        "1:48: HEADRACE_KEY cannot be passed."
    )]
    [InlineData(
        """{"name":"m","argv":["x","{params.x}"],"warm":{}}""",
        "1:20: The argument \"{params.x}\" depends on a job"
    )]
    [InlineData(
        """{"name":"m","argv":["x"],"check":["test","{params.x}"]}""",
        "1:34: The argument \"{params.x}\" depends on a job, but the check runs before there is a job."
    )]
    [InlineData("""{"name":"m","argv":["x"],"check":[]}""", "1:34: check must contain the program and at most 999")]
    [InlineData(
        """{"name":"m","argv":["x"],"warm":{"preferredBatches":[9],"batch":8}}""",
        "1:54: An element of preferredBatches must be a whole number from 1 to 8, not 9."
    )]
    [InlineData("""{"name":"m","argv":["x"],"input":"stdin","warm":{}}""", "1:26: 'input' has no effect with 'warm'")]
    [InlineData(
        """{"name":"m","argv":["x"],"warm":{"bach":2}}""",
        "1:34: 'bach' is not a member of warm. Did you mean 'batch'?"
    )]
    [InlineData("{\n  \"name\": \"m\"\n  \"argv\": []\n}", "3:3: The file is not valid JSON:")]
    [InlineData("[]", "1:1: a manifest must be an object, not an array.")]
    [InlineData("", "1:1: The file is not valid JSON:")]
    public void A_fault_is_reported_with_its_line_and_column_and_the_nearest_word(string json, string fault)
    {
        var reading = Manifest.Read(json);

        Assert.Null(reading.Manifest);
        Assert.Contains(reading.Faults, found => found.ToString().StartsWith(fault, StringComparison.Ordinal));
    }

    private const string Duration = "a number followed by a unit (ms, s, m, h or d), such as \"15s\", from";
    private const string Size =
        "a number of bytes, or a number followed by a unit (B, KB, MB, GB or TB), such as \"512MB\", from 1 byte to";

    private const string Signals = "stopSignal must be one of \"HUP\", \"INT\", \"QUIT\", \"KILL\", \"TERM\", not";

    [Theory]
    [InlineData("\"timeLimit\":\"-5s\"", $"timeLimit must be {Duration} 1ms to 365d, not \"-5s\".")]
    [InlineData("\"timeLimit\":\"0s\"", $"timeLimit must be {Duration} 1ms to 365d, not \"0s\".")]
    [InlineData("\"timeLimit\":\"366d\"", $"timeLimit must be {Duration} 1ms to 365d, not \"366d\".", false)]
    [InlineData("\"timeLimit\":5", $"timeLimit must be {Duration} 1ms to 365d, not 5.")]
    [InlineData("\"stopGrace\":\"9s\"", $"stopGrace must be {Duration} 0ms to 8s, not \"9s\".", false)]
    [InlineData("\"memory\":\"0B\"", $"memory must be {Size} 1024 TB, not \"0B\".")]
    [InlineData("\"memory\":\"-1GB\"", $"memory must be {Size} 1024 TB, not \"-1GB\".")]
    [InlineData("\"memory\":\"1048577GB\"", $"memory must be {Size} 1024 TB, not \"1048577GB\".", false)]
    [InlineData(
        "\"memory\":\"99999999999999999999GB\"",
        $"memory must be {Size} 1024 TB, not \"99999999999999999999GB\".",
        false
    )]
    [InlineData("\"maxScratch\":\"0KB\"", $"maxScratch must be {Size} 1024 TB, not \"0KB\".")]
    [InlineData("\"maxResult\":\"0B\"", $"maxResult must be {Size} 1 MB, not \"0B\".")]
    [InlineData("\"maxResult\":\"1025KB\"", $"maxResult must be {Size} 1 MB, not \"1025KB\".", false)]
    [InlineData("\"version\":0", "version must be a whole number from 1 to 2147483647, not 0.")]
    [InlineData("\"slots\":1025", "slots must be a whole number from 1 to 1024, not 1025.")]
    [InlineData("\"slots\":-1", "slots must be a whole number from 1 to 1024, not -1.")]
    [InlineData("\"slots\":1.5", "slots must be a whole number from 1 to 1024, not 1.5.")]
    [InlineData("\"exitCodes\":{\"256\":\"fail\"}", "'256' is not an exit code. Use 0 to 255, or *", true, 14)]
    [InlineData("\"exitCodes\":{\"-1\":\"fail\"}", "'-1' is not an exit code. Use 0 to 255, or *", true, 14)]
    [InlineData("\"exitCodes\":{\"07\":\"fail\"}", "'07' is not an exit code. Use 0 to 255, or *", true, 14)]
    [InlineData(
        "\"exitCodes\":{\"3\":\"fail\",\"3\":\"retry\"}",
        "The exit code 3 occurs twice.",
        false,
        25
    )]
    [InlineData("\"stopSignal\":\"USR1\"", $"{Signals} \"USR1\".")]
    [InlineData("\"stopSignal\":15", $"{Signals} 15.")]
    [InlineData("\"warm\":{\"batch\":0}", "batch must be a whole number from 1 to 256, not 0.", true, 17)]
    [InlineData("\"warm\":{\"batch\":257}", "batch must be a whole number from 1 to 256, not 257.", true, 17)]
    [InlineData("\"warm\":{\"batchWait\":\"2s\"}", $"batchWait must be {Duration} 0ms to 1s, not \"2s\".", false, 21)]
    [InlineData(
        "\"warm\":{\"recycleAfter\":0}",
        "recycleAfter must be a whole number from 1 to 2147483647, not 0.",
        true,
        24
    )]
    [InlineData("\"warm\":{\"recycleAbove\":\"0B\"}", $"recycleAbove must be {Size} 1024 TB, not \"0B\".", true, 24)]
    [InlineData(
        "\"warm\":{\"startLimit\":\"0s\"}",
        $"startLimit must be {Duration} 1ms to 365d, not \"0s\".",
        true,
        22
    )]
    [InlineData("\"warm\":{\"idleLimit\":\"0m\"}", $"idleLimit must be {Duration} 1ms to 365d, not \"0m\".", true, 21)]
    [InlineData("\"retry\":{\"max\":-1}", "max must be a whole number from 0 to 1000, not -1.", true, 16)]
    [InlineData("\"retry\":{\"factor\":0.5}", "factor must be a number from 1 to 100, not 0.5.", true, 19)]
    [InlineData("\"retry\":{\"delay\":\"-1s\"}", $"delay must be {Duration} 0ms to 36500d, not \"-1s\".", true, 18)]
    [InlineData("\"resultType\":\"text\"", "resultType must be a content type, at most 200 printable ASCII", false)]
    [InlineData("\"resultType\":\"\"", "resultType must be a content type, at most 200 printable ASCII", false)]
    [InlineData(
        "\"environment\":{\"set\":{\"A\":\"1\",\"A\":\"2\"}}",
        "'A' occurs twice.",
        false,
        31
    )]
    [InlineData(
        "\"environment\":{\"set\":{\"A\":\"x\\u0000y\"}}",
        "The variable A cannot contain the character U+0000.",
        false,
        27
    )]
    [InlineData(
        "\"environment\":{\"pass\":[\"A=B\"]}",
        "'A=B' is not a valid name for an environment variable.",
        false,
        23
    )]
    public void An_impossible_value_is_reported_with_its_position_and_the_allowed_range(
        string member,
        string message,
        bool inSchema = true,
        int column = 0
    )
    {
        var json = $"{{\n  \"name\": \"m\", \"argv\": [\"x\"],\n{member}\n}}";

        var fault = Assert.Single(Manifest.Read(json).Faults);

        Assert.StartsWith(message, fault.Message, StringComparison.Ordinal);
        var expected = column > 0 ? column : member.IndexOf(':', StringComparison.Ordinal) + 2;
        Assert.Equal((3, expected), (fault.Line, fault.Column));
        // An editor that uses the schema shows the fault as well, as far as a schema can express it.
        Assert.True(JsonSchema.TryRead(ManifestSchema.Text, out var schema, out _));
        Assert.Equal(inSchema, schema.Validate(System.Text.Encoding.UTF8.GetBytes(json)).Any());
    }

    [Fact]
    public void All_faults_of_a_manifest_are_reported_together_in_their_order()
    {
        var reading = Manifest.Read("""{"slots":0,"name":"m","argv":["x"],"onlost":"fail","memory":1}""");

        Assert.Equal([10, 36, 61], reading.Faults.Select(fault => fault.Column));
    }

    [Fact]
    public void The_column_counts_characters_also_after_letters_of_several_bytes()
    {
        var fault = Assert.Single(Manifest.Read("""{"name":"m","description":"größe","argv":["x"],"x":1}""").Faults);

        Assert.Equal((1, 48), (fault.Line, fault.Column));
    }

    [Fact]
    public void The_shipped_JSON_Schema_has_the_members_that_the_reader_knows()
    {
        using var schema = JsonDocument.Parse(ManifestSchema.Text);

        Assert.Equal(
            ManifestReader.Members.Order(StringComparer.Ordinal),
            schema
                .RootElement.GetProperty("properties")
                .EnumerateObject()
                .Select(property => property.Name)
                .Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void The_shipped_JSON_Schema_accepts_every_sample()
    {
        Assert.True(JsonSchema.TryRead(ManifestSchema.Text, out var schema, out var fault), fault);
        var samples = Repository.Files("samples", $"*{MethodManifest.Extension}").ToList();

        Assert.InRange(samples.Count, 3, int.MaxValue);
        foreach (var sample in samples)
        {
            Assert.Empty(schema.Validate(System.Text.Encoding.UTF8.GetBytes(Repository.Read(sample))));
            Manifest.Valid(Repository.Read(sample), $"/{sample}");
        }
    }

    [Fact]
    public void Arbitrary_bytes_never_throw()
    {
        var random = RandomSeed.Print(RandomSeed.First);
        var whole = System.Text.Encoding.UTF8.GetBytes(Full);
        for (var round = 0; round < 2_000; round++)
        {
            var bytes = whole.ToArray();
            for (var change = random.Next(1, 6); change > 0; change--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var reading = ManifestReader.Read("m.method.json", bytes.AsMemory(0, random.Next(bytes.Length)), _ => null);

            Assert.True(reading.Manifest is null == reading.Faults.Count > 0);
        }
    }
}
