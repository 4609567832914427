import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.hl7.fhir.r5.elementmodel.Manager.FhirFormat;
import org.hl7.fhir.utilities.FhirPublication;
import org.hl7.fhir.utilities.http.ManagedWebAccess;
import org.hl7.fhir.utilities.json.parser.JsonParser;
import org.hl7.fhir.utilities.npm.FilesystemPackageCacheManager;
import org.hl7.fhir.utilities.validation.ValidationMessage;
import org.hl7.fhir.validation.ValidationEngine;
import org.hl7.fhir.validation.ValidatorUtils;
import org.hl7.fhir.validation.service.StandAloneValidatorFetcher;
import org.hl7.fhir.validation.service.model.InstanceValidatorParameters;

/**
 * All it can without a terminology server, with the packages of the FHIR package cache of the user's home. `measure.rs` says what the
 * arguments and the output are; the times here are with parsing.
 */
public class Peer {
  private static final String CORE = "hl7.fhir.r4.core#4.0.1";
  private static final int WARM_UP = 3;
  private static final int RUNS = 31;
  private static final long LONGEST = 600_000_000;

  private interface Run {
    void run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out = System.out;
    System.setOut(System.err); // The engine tells of its progress there.
    ValidationEngine engine = engine();
    boolean once = arguments.length > 0 && arguments[0].equals("--once");
    List<Path> files = Arrays.stream(arguments).skip(once ? 1 : 0).map(Path::of).toList();
    // Its code is compiled while it runs: the first files would otherwise be judged by slow code.
    for (Path file : once ? List.<Path>of() : files) {
      isValid(engine, Files.readAllBytes(file));
    }
    for (Path file : files) {
      byte[] text = Files.readAllBytes(file);
      boolean valid = isValid(engine, text);
      long parse = once ? 0 : median(() -> JsonParser.parse(text));
      long validate = once ? 0 : median(() -> isValid(engine, text));
      out.printf("%s\t%d\t%d\t%d\t%b%n", file, text.length, parse, validate, valid);
    }
    out.flush();
    System.exit(0);
  }

  private static boolean isValid(ValidationEngine engine, byte[] text) {
    List<ValidationMessage> messages = new ArrayList<>();
    try {
      engine.validate(text, FhirFormat.JSON, new ArrayList<>(), messages);
    } catch (Exception cannotBeRead) {
      return false;
    }
    return messages.stream().noneMatch(message -> message.getLevel().isError());
  }

  private static ValidationEngine engine() throws Exception {
    ManagedWebAccess.setAccessPolicy(ManagedWebAccess.WebAccessPolicy.PROHIBITED);
    FilesystemPackageCacheManager cache = new FilesystemPackageCacheManager.Builder().build();
    standIn(Path.of(cache.getFolder()));
    // As its command line does with `-tx n/a -extension any -allow-example-urls true -display-issues-are-warnings`.
    ValidationEngine engine = new ValidationEngine.ValidationEngineBuilder().withVersion("4.0.1")
        .withDefaultInstanceValidatorParameters(new InstanceValidatorParameters().addExtension("any").setAllowExampleUrls(true))
        .fromSource(CORE);
    engine.setTerminologyServer(null, null, FhirPublication.R4, false);
    engine.setDisplayWarnings(true);
    StandAloneValidatorFetcher fetcher = new StandAloneValidatorFetcher(engine.getPcm(), engine.getContext(), engine);
    engine.setFetcher(fetcher);
    engine.setPolicyAdvisor(fetcher);
    engine.getContext().setLocator(fetcher);
    for (String name : cache.listPackages()) {
      if (!name.equals(CORE)) {
        // Not by `loadIg`, which wants the packages that this one builds on in the very versions that it names.
        engine.getContext().loadFromPackage(cache.loadPackage(name), ValidatorUtils.loaderForVersion("4.0.1"));
      }
    }
    engine.prepare();
    return engine;
  }

  /** The engine insists on this package. All that it has are extensions for elements of other versions of FHIR. */
  private static void standIn(Path cache) throws IOException {
    Path folder = cache.resolve("hl7.fhir.xver-extensions#0.1.0/package");
    if (Files.notExists(folder)) {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("package.json"),
          "{ \"name\": \"hl7.fhir.xver-extensions\", \"version\": \"0.1.0\", \"fhirVersions\": [\"4.0.1\"] }");
    }
  }

  private static long median(Run run) throws Exception {
    long started = System.nanoTime();
    for (int i = 0; i < WARM_UP; i++) {
      run.run();
    }
    List<Long> times = new ArrayList<>();
    while (times.size() < RUNS && (times.isEmpty() || System.nanoTime() - started < LONGEST)) {
      long one = System.nanoTime();
      run.run();
      times.add(System.nanoTime() - one);
    }
    times.sort(null);
    return times.get(times.size() / 2);
  }
}
